// Stands in the page itself, in the language of the oldest browsers: says so when the page's script does not load, cannot be
// read, or ends before there is anything to see. Afterwards nothing of this shows.

(function () {
  function fail() {
    if (document.documentElement.className.indexOf("failed") === -1) document.documentElement.className += " failed";
  }

  window.addEventListener(
    "error",
    function (event) {
      var target = /** @type {Element | null} */ (event.target);
      var isUnloaded = target !== null && target.nodeName === "SCRIPT";
      // Extensions fail in every page.
      if (isUnloaded || String(event.filename).indexOf("/challenge/assets/") !== -1) fail();
    },
    // Of a script that does not load, the error goes down only.
    true,
  );
  window.addEventListener("unhandledrejection", fail);
  document.addEventListener("click", function (event) {
    if (/** @type {Element} */ (event.target).id === "reload") location.reload();
  });
})();
