// With the multi-atlas, which holds the animations too.
export default async function play(plan) {
  const Phaser = await import(plan.engine);
  return new Promise((resolve) => {
    const game = new Phaser.Game({
      type: Phaser.WEBGL, width: plan.width, height: plan.height, backgroundColor: plan.background, pixelArt: true,
      banner: false, audio: { noAudio: true },
      scene: {
        preload() {
          for (const cell of plan.cells) {
            this.load.multiatlas(cell.stem, cell.files.phaser, cell.folder);
            this.load.animation(`${cell.stem}-animations`, cell.files.phaser);
          }
        },
        create() {
          for (const cell of plan.cells) {
            this.add.sprite(cell.x, cell.y, cell.stem).setOrigin(0, 0).play(`${cell.stem}-${cell.animation}`);
          }
          resolve({ canvas: () => game.canvas });
        },
      },
    });
  });
}
