import { describe, expect, it } from "vitest";
import { createLoadWatch, type LoadWatch } from "../src/provider.ts";

/** A process whose time is in the test's hands. */
function createProcess(): { readonly watch: LoadWatch; idle(ms: number): void; work(ms: number): void } {
  let [now, busy] = [1_000, 500];
  return {
    watch: createLoadWatch({ now: () => now, busy: () => busy }),
    idle: (ms) => void (now += ms),
    work(ms) {
      now += ms;
      busy += ms;
    },
  };
}

describe("T54: a deadline that passed", () => {
  it.each([
    { deadline: 2_000, late: 200, own: false },
    { deadline: 2_000, late: 201, own: true },
    { deadline: 100, late: 50, own: false },
    { deadline: 100, late: 51, own: true },
    { deadline: 500, late: 50, own: false },
    { deadline: 500, late: 51, own: true },
  ])("of $deadline ms, late by $late ms, is the process's own doing: $own", ({ deadline, late, own }) => {
    const { watch, idle } = createProcess();
    const wait = watch.begin(deadline);
    idle(deadline + late);
    expect(wait.isOwnDoing()).toBe(own);
  });

  it.each([
    { deadline: 2_000, work: 1_000, own: false },
    { deadline: 2_000, work: 1_001, own: true },
    { deadline: 120, work: 100, own: false },
    { deadline: 120, work: 101, own: true },
  ])("of $deadline ms, $work of which the event loop was at work: $own", ({ deadline, work, own }) => {
    const process = createProcess();
    process.work(5_000);
    const wait = process.watch.begin(deadline);
    process.work(work);
    process.idle(deadline - work);
    expect(wait.isOwnDoing()).toBe(own);
  });
});

describe("T54: a wait that a library's own time limit ended", () => {
  it.each([
    { passed: 1_000, work: 500, own: false },
    { passed: 1_000, work: 501, own: true },
    { passed: 120, work: 100, own: false },
    { passed: 120, work: 101, own: true },
  ])("after $passed ms, $work of which the event loop was at work: $own", ({ passed, work, own }) => {
    const process = createProcess();
    const wait = process.watch.begin(60_000);
    process.work(work);
    process.idle(passed - work);
    expect(wait.wasCutShortByOwnDoing()).toBe(own);
    expect(wait.isOwnDoing()).toBe(false);
  });
});

describe("C1: a wait whose other side", () => {
  it("is silent is no doing of this process", () => {
    const { watch, idle } = createProcess();
    const wait = watch.begin(1_000);
    idle(1_000);
    expect(wait.isOwnDoing()).toBe(false);
    expect(wait.isSlow()).toBe(false);
  });

  it.each([
    { name: "answered another, slowly, in its second half", answeredAt: 500, begunAt: 0, own: true },
    { name: "answered another only in its first half", answeredAt: 499, begunAt: 0, own: false },
    { name: "answered another that had just begun", answeredAt: 900, begunAt: 651, own: false },
    { name: "answered another that had waited a while", answeredAt: 900, begunAt: 650, own: true },
  ])("$name: $own", ({ answeredAt, begunAt, own }) => {
    const { watch, idle } = createProcess();
    const wait = watch.begin(1_000);
    idle(begunAt);
    const other = watch.begin(1_000);
    idle(answeredAt - begunAt);
    other.answered();
    idle(1_000 - answeredAt);
    expect(wait.isOwnDoing()).toBe(own);
  });

  it("answered it in part is slow", () => {
    const { watch, idle } = createProcess();
    const wait = watch.begin(1_000);
    idle(700);
    wait.answered();
    idle(300);
    expect(wait.isSlow()).toBe(true);
  });

  it("answers slowly says nothing of another side", () => {
    const [one, another] = [createProcess(), createProcess()];
    const [wait, other] = [one.watch.begin(1_000), another.watch.begin(1_000)];
    one.idle(700);
    another.idle(1_000);
    wait.answered();
    expect(other.isOwnDoing()).toBe(false);
  });
});
