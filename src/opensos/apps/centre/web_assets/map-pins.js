// Pins as small pictures: shape and words say what colour says, so that nobody needs to see colour.

const WIDTH = 46;
const HEIGHT = 68;
const MIDDLE = 33;
const FILL = { waiting: "#bb2413", progress: "#0a58a8", done: "#66727d" };
const MARK = { automatic: "✸", manual: "SOS", unknown: "?", unreadable: "✕" };

export function pinName(card, group, open) {
  const what = card.state === "unreadable" ? "unreadable" : (card.trigger ?? "unknown");
  return ["pin", what, group, card.test ? "test" : "real", open ? "open" : "shut"].join("-");
}

/** Draw the pin of this name; null where the name is not one of ours. */
export function drawPin(name) {
  const [pin, what, group, test, open] = name.split("-");
  if (pin !== "pin") return null;
  const ratio = 2;
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * ratio;
  canvas.height = HEIGHT * ratio;
  const g = canvas.getContext("2d", { willReadFrequently: true });
  g.scale(ratio, ratio);
  drawDrop(g, group, test === "test", open === "open");
  drawMark(g, MARK[what] ?? "?", group);
  if (test === "test") drawWord(g, "TEST");
  return { image: g.getImageData(0, 0, canvas.width, canvas.height), ratio };
}

function drop(g, r) {
  g.beginPath();
  g.arc(WIDTH / 2, MIDDLE, r, Math.PI * 0.8, Math.PI * 0.2);
  g.lineTo(WIDTH / 2, HEIGHT - 5 - (17 - r));
  g.closePath();
}

function drawDrop(g, group, test, open) {
  if (open) {
    drop(g, 20.5);
    g.fillStyle = "#ffffff";
    g.strokeStyle = "#131c26";
    g.lineWidth = 2;
    g.fill();
    g.stroke();
  }
  drop(g, 17);
  g.save();
  g.clip();
  g.fillStyle = group === "done" ? "#ffffff" : FILL[group];
  g.fillRect(0, 0, WIDTH, HEIGHT);
  if (test) stripes(g, group);
  g.restore();
  g.lineWidth = group === "waiting" ? 3 : 2;
  g.strokeStyle = group === "done" ? FILL.done : "#ffffff";
  if (group === "waiting") {
    g.strokeStyle = "#ffffff";
    g.stroke();
  }
  drop(g, 17);
  g.stroke();
}

function stripes(g, group) {
  g.strokeStyle = group === "done" ? "#d9dee3" : "rgb(255 213 74 / 55%)";
  g.lineWidth = 4;
  for (let x = -HEIGHT; x < WIDTH; x += 11) {
    g.beginPath();
    g.moveTo(x, HEIGHT);
    g.lineTo(x + HEIGHT, 0);
    g.stroke();
  }
  // A calm middle, so that the mark can be read.
  g.fillStyle = group === "done" ? "#ffffff" : FILL[group];
  g.beginPath();
  g.arc(WIDTH / 2, MIDDLE, 12.5, 0, 7);
  g.fill();
}

function drawMark(g, mark, group) {
  g.fillStyle = group === "done" ? FILL.done : "#ffffff";
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.font = `800 ${mark.length > 1 ? 10 : 17}px system-ui, sans-serif`;
  g.fillText(mark, WIDTH / 2, MIDDLE + 0.5);
}

function drawWord(g, word) {
  g.fillStyle = "#ffd54a";
  g.strokeStyle = "#2e2400";
  g.lineWidth = 1;
  g.beginPath();
  g.roundRect(WIDTH / 2 - 17, 1, 34, 12, 2);
  g.fill();
  g.stroke();
  g.fillStyle = "#2e2400";
  g.font = "800 9px system-ui, sans-serif";
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.fillText(word, WIDTH / 2, 7.5);
}
