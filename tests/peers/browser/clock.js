// A clock that stands still until it is stepped: what a game sees of time, and when it draws, is the test's to say.
(() => {
  const start = 1000;
  let now = start;
  let waiting = new Map();
  let number = 0;
  window.requestAnimationFrame = (callback) => {
    waiting.set(++number, callback);
    return number;
  };
  window.cancelAnimationFrame = (handle) => waiting.delete(handle);
  performance.now = () => now;
  Date.now = () => now;
  window.stepClock = (milliseconds) => {
    now += milliseconds;
    const due = waiting;
    waiting = new Map();
    for (const callback of due.values()) callback(now);
  };
})();
