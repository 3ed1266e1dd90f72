// The sandbox's page beyond HTMX: it asks for changes only while somebody looks, and a choice of phone shows at once.
"use strict";

(() => {
  const POLL = "live";

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === POLL && document.hidden) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
})();
