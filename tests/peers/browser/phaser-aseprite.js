// With createFromAseprite, which knows no repeats: those are said when it is played.
export default async function play(plan) {
  const Phaser = await import(plan.engine);
  return new Promise((resolve) => {
    const game = new Phaser.Game({
      type: Phaser.WEBGL, width: plan.width, height: plan.height, backgroundColor: plan.background, pixelArt: true,
      banner: false, audio: { noAudio: true },
      scene: {
        preload() {
          for (const cell of plan.cells) this.load.aseprite(cell.stem, cell.files.image, cell.files.aseprite);
        },
        create() {
          for (const cell of plan.cells) {
            const sprite = this.add.sprite(cell.x, cell.y, cell.stem).setOrigin(0, 0);
            sprite.anims.createFromAseprite(cell.stem);
            sprite.play({ key: cell.animation, repeat: cell.loop ? -1 : cell.plays - 1 });
          }
          resolve({ canvas: () => game.canvas });
        },
      },
    });
  });
}
