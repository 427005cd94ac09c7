"use strict";
// Has a worker solve the challenge of this page, then sends the form. Nothing else is loaded or sent.

const form = document.getElementById("proof");
const shown = document.getElementById("work");
const bar = shown.querySelector("progress");
const status = shown.querySelector("[role=status]");
const { challenge, parts, hashes, worker, working, done, failed } = form.dataset;
const numbers = [];
const solver = new Worker(worker);

solver.onmessage = ({ data }) => {
  numbers.push(data);
  bar.value = numbers.length;
  if (numbers.length < Number(parts)) return;
  status.textContent = done;
  form.elements.solution.value = numbers.join(".");
  form.submit();
};
solver.onerror = () => {
  status.textContent = failed;
};
shown.hidden = false;
status.textContent = working;
solver.postMessage({ challenge, parts: Number(parts), hashes: Number(hashes) });
