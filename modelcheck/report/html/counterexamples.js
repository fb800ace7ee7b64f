"use strict";
// Redraws the page of a run after another step: by the buttons, the slider, the arrow keys, or the address
// (#finding-1-step-7). Without it the drawing shows the last step.
(() => {
  const TONES = 8;
  const shows = new Map();

  const toneOf = (owner) => (owner === -1 ? "nobody" : owner === -2 ? "several" : `tone-${(owner % TONES) + 1}`);

  function start(run) {
    const name = run.id.replace(/-run$/, "");
    const stage = run.querySelector(".stage");
    const steps = [...run.querySelectorAll(".steps > li")];
    if (!stage) return;
    const { fields, frames, texts } = JSON.parse(stage.querySelector("script").textContent);
    const find = (selector) => stage.querySelector(selector);
    const bytes = [...stage.querySelectorAll(".byte")];
    const bars = [...stage.querySelectorAll(".bar")];
    const slider = find("input");
    let shown = 0;

    function drawBytes(frame) {
      frame.cells.forEach((owner, index) => {
        const marks = [...texts[frame.marks[index]]];
        const away = frame.phase === "allocated" ? [] : ["away"];
        bytes[index].setAttribute("class", ["byte", toneOf(owner), ...marks, ...away].join(" "));
        bytes[index].querySelector("text").textContent = owner === -1 ? "" : owner === -2 ? "*" : fields[owner][0];
      });
      for (const bar of bars) {
        const field = Number(bar.dataset.field);
        const [, from, to] = fields[field];
        const holds = texts[frame.holds[field]];
        const isOwner = frame.cells.slice(from, to).every((owner) => owner === field);
        bar.classList.toggle("own", isOwner && frame.phase === "allocated");
        bar.querySelector(".holds").textContent = holds.length <= Number(bar.dataset.room) ? holds : "";
      }
    }

    function drawFacts(frame, before) {
      const old = new Map(before.facts);
      const rows = frame.facts.map(([what, holds]) => {
        const row = document.createElement("div");
        const term = document.createElement("dt");
        const text = document.createElement("dd");
        term.textContent = texts[what];
        text.textContent = texts[holds];
        row.append(term, text);
        row.classList.toggle("changed", old.get(what) !== holds);
        return row;
      });
      find(".facts").replaceChildren(...rows);
    }

    function show(number) {
      const step = Math.min(Math.max(number, 1), steps.length);
      if (step === shown) return;
      steps.forEach((each, index) => {
        each.classList.toggle("current", index === step - 1);
        if (index === step - 1) each.setAttribute("aria-current", "step");
        else each.removeAttribute("aria-current");
      });
      shown = step;
      const frame = frames[step];
      drawBytes(frame);
      drawFacts(frame, frames[step - 1]);
      find("desc").textContent = frame.say;
      find(".struct").classList.toggle("at-end", step === steps.length);
      find(".count").textContent = `${step} / ${steps.length}`;
      const head = document.createElement("b");
      head.textContent = `Step ${step}`;
      find(".now").replaceChildren(head, ` ${steps[step - 1].dataset.say}`);
      slider.value = String(step);
      slider.setAttribute("aria-valuetext", `step ${step} of ${steps.length}`);
      // Not `disabled`, which would take the focus away from whoever presses it.
      find(".previous").setAttribute("aria-disabled", String(step === 1));
      find(".next").setAttribute("aria-disabled", String(step === steps.length));
    }

    function go(number) {
      show(number);
      try {
        history.replaceState(null, "", `#${name}-step-${shown}`);
      } catch {
        // A mail reader may show the page where there is no address to change.
      }
      // Where the drawing is above the steps, whoever looks at it does not want to leave it.
      const isAbove = getComputedStyle(stage).position !== "sticky";
      if (!isAbove || find(".struct").getBoundingClientRect().bottom < 0) {
        steps[shown - 1].scrollIntoView({ block: "nearest" });
      }
    }

    find(".controls").hidden = false;
    find(".previous").addEventListener("click", () => go(shown - 1));
    find(".next").addEventListener("click", () => go(shown + 1));
    slider.addEventListener("input", () => go(Number(slider.value)));
    show(steps.length);
    shows.set(name, { run, show, go, at: () => shown, last: steps.length });
  }

  function follow() {
    const [, name, step] = /^#(finding-\d+)-step-(\d+)$/.exec(location.hash) || [];
    if (shows.has(name)) shows.get(name).show(Number(step));
  }

  // The run that the reader is at: the one with the focus, or the one in the middle of the window.
  function present() {
    const all = [...shows.values()];
    const middle = innerHeight / 2;
    const isThere = ({ top, bottom }) => top <= middle && bottom >= middle;
    return (
      all.find(({ run }) => run.contains(document.activeElement)) ||
      all.find(({ run }) => isThere(run.getBoundingClientRect()))
    );
  }

  function press(event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const isTaken = event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!way || isTaken || event.target.closest("input, pre")) return;
    const found = present();
    if (!found) return;
    event.preventDefault();
    found.go(found.at() + way);
  }

  document.documentElement.classList.add("scripted");
  document.querySelectorAll(".run").forEach(start);
  follow();
  addEventListener("hashchange", follow);
  document.addEventListener("keydown", press);

  // On paper every run ends where it ends, and nothing is folded away.
  const restore = [];
  addEventListener("beforeprint", () => {
    for (const { show, at, last } of shows.values()) {
      const step = at();
      restore.push(() => show(step));
      show(last);
    }
    for (const details of document.querySelectorAll("details:not([open])")) {
      details.open = true;
      restore.push(() => {
        details.open = false;
      });
    }
  });
  addEventListener("afterprint", () => {
    restore.splice(0).forEach((undo) => undo());
  });
})();
