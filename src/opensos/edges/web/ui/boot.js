// A classic script in the page's head: sets theme and language before the first paint, so that nothing flashes.
(function () {
  var root = document.documentElement;
  function read(key) {
    try { return localStorage.getItem(key); } catch { return null; }
  }
  var theme = read("opensos.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  var wanted = [read("opensos.lang")].concat(navigator.languages || []);
  for (var i = 0; i < wanted.length; i++) {
    var short = (wanted[i] || "").slice(0, 2).toLowerCase();
    if (short === "en" || short === "de") { root.lang = short; break; }
  }
  if (window.self !== window.top) root.classList.add("embedded");
})();
