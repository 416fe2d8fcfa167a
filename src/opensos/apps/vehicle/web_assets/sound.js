// Plays what the unit's speaker plays. Off until a person asks for it: the words beside the lamp say it anyway.

const LOUD = 0.12;
let context = null;
let playing = null;
let timer = 0;

function tones(list) {
  let at = context.currentTime + 0.02;
  for (const [hertz, seconds] of list) {
    if (hertz > 0) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(LOUD, at);
      gain.gain.setTargetAtTime(0, at + seconds - 0.01, 0.004);
      tone.connect(gain).connect(context.destination);
      tone.start(at);
      tone.stop(at + seconds + 0.03);
    }
    at += seconds;
  }
  return list.reduce((sum, [, seconds]) => sum + seconds, 0);
}

/** Play a sound by its name, or nothing; the same one twice goes on undisturbed. */
export function play(name, sound, wanted) {
  const next = wanted ? name : null;
  if (next === playing) return;
  playing = next;
  clearTimeout(timer);
  if (!next || !sound?.tones.length) return;
  context ??= new AudioContext();
  const again = () => {
    const seconds = tones(sound.tones);
    if (sound.repeats) timer = setTimeout(again, seconds * 1000);
  };
  again();
}
