// What the pages need beyond HTMX: one dialog, toasts, countdowns, busy buttons, and honest words when the network fails.
// No framework and no inline code: the Content-Security-Policy allows only files of our own.
"use strict";

(() => {
  const TOAST_MS = 6000;
  const MAX_TOASTS = 4;
  const RING_SECONDS = 45; // how long one QR Code lives; the ring of app.css runs as long
  const LOST_POLLS = 3; // so many in a row before a dialog stops asking by itself

  const byId = (id) => document.getElementById(id);
  const dialog = byId("dialog");
  const dialogBody = byId("dialog-body");
  const above = byId("above");

  // --- Toasts: 6 s, errors stay, at most four, the same words once ---------------------------------------------------
  const toasts = byId("toasts");

  function watchToast(card) {
    if (card.dataset.toast !== "error") {
      let timer;
      const start = () => { timer = setTimeout(() => card.remove(), TOAST_MS); };
      card.addEventListener("pointerenter", () => clearTimeout(timer));
      card.addEventListener("pointerleave", start);
      start();
    }
    while (toasts.childElementCount > MAX_TOASTS) toasts.firstElementChild.remove();
  }

  function showToast(text, level = "info") {
    for (const card of toasts.children) {
      if (card.querySelector("[data-toast-text]").textContent === text) card.remove();
    }
    const template = byId(`toast-${level}`) || byId("toast-info");
    const card = template.content.firstElementChild.cloneNode(true);
    card.querySelector("[data-toast-text]").textContent = text;
    toasts.append(card);
    watchToast(card);
  }

  for (const card of [...toasts.children]) watchToast(card);
  document.body.addEventListener("toast", (event) => showToast(event.detail.text, event.detail.level));

  // --- The dialog ----------------------------------------------------------------------------------------------------
  let opener = null; // what had the focus, and where it stood, since a card may be replaced while the dialog is open
  let openerHome = "";
  let dialogUrl = "";
  let lostPolls = 0;
  let closing;

  function openDialog() {
    clearTimeout(closing);
    if (dialog.open) return;
    dialog.append(above); // outside of a modal dialog everything is inert, toasts too
    dialog.showModal();
    byId("dialog-title")?.focus();
  }

  function closeDialog() {
    if (dialog.open) dialog.close();
  }

  dialog.addEventListener("close", () => {
    clearTimeout(closing);
    dialogBody.replaceChildren(); // with its polling element gone, the polling ends
    document.body.append(above);
    lostPolls = 0;
    const home = openerHome && byId(openerHome);
    const target = opener?.isConnected ? opener : (opener?.id && byId(opener.id)) || home?.querySelector("a, button");
    target?.focus();
    opener = null;
  });

  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) closeDialog(); // the backdrop: what is inside covers the whole box
  });

  document.body.addEventListener("dialog-close", (event) => {
    clearTimeout(closing);
    const after = Number(event.detail.after) || 0;
    if (after) closing = setTimeout(closeDialog, after);
    else closeDialog();
  });

  function showDialogError(text) {
    const content = byId("dialog-error").content.cloneNode(true);
    content.querySelector("[data-dialog-error-text]").textContent = text;
    dialogBody.replaceChildren(content);
    openDialog();
  }

  document.addEventListener("click", (event) => {
    if (dialog.open && event.target.closest("[data-dialog-close]")) {
      event.preventDefault(); // without scripts it is a link back
      closeDialog();
    }
    if (event.target.closest("[data-dialog-retry]")) htmx.ajax("GET", dialogUrl, { target: "#dialog-body", swap: "innerHTML" });
    event.target.closest("[data-toast-dismiss]")?.closest("[data-toast]").remove();
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target) || event.target.closest("a, [hx-get], [hx-post]")) menu.open = false;
    }
  });

  // --- Requests: busy buttons, results, failures ----------------------------------------------------------------------
  const buttonOf = (element, submitter) =>
    submitter || (element.matches("button, .btn") ? element : element.querySelector("button[type=submit]"));
  const isPoll = (element) => /\bevery\b/.test(element.getAttribute("hx-trigger") || "");
  const setBusy = (button, busy) => {
    if (!button) return;
    if (busy) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  };

  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target, requestConfig } = event.detail;
    const asked = requestConfig.triggeringEvent;
    if (asked && (asked.type === "click" || asked.type === "submit")) {
      const button = buttonOf(elt, asked.submitter);
      if (button?.getAttribute("aria-busy") === "true") {
        event.preventDefault(); // a second click while the first is on its way
        return;
      }
      event.detail.xhr.busyButton = button;
      setBusy(button, true);
    }
    if (target === dialogBody && requestConfig.verb === "get") {
      dialogUrl = requestConfig.path;
      if (!dialog.open) {
        const menu = elt.closest("details[data-menu]");
        opener = menu ? menu.querySelector("summary") : elt;
        openerHome = elt.closest("article[id], section[id]")?.id || "";
      }
    }
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, target, successful } = event.detail;
    setBusy(xhr.busyButton, false);
    if (!successful) return;
    lostPolls = 0;
    if (target === dialogBody && !dialogBody.childElementCount) closeDialog(); // there is nothing more to ask
  });

  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === dialogBody) openDialog();
    // What had the focus is gone with the old content: keep the keyboard inside of the dialog.
    if (dialog.open && !dialog.contains(document.activeElement)) byId("dialog-title")?.focus();
  });

  // A card that reloads itself by the clock must not shut the menu that somebody has just opened in it.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = event.detail;
    if (!requestConfig.triggeringEvent && isPoll(target) && target.querySelector("details[open]")) {
      event.detail.shouldSwap = false;
    }
  });

  document.body.addEventListener("htmx:load", (event) => {
    startCountdowns(event.detail.elt);
    announce(event.detail.elt);
  });

  // States are told to a screen reader when they change, not every time that they are asked for.
  let announced = "";
  function announce(element) {
    const holder = element.matches("[data-announce]") ? element : element.querySelector("[data-announce]");
    if (!holder || holder.dataset.announce === announced) return;
    announced = holder.dataset.announce;
    byId("live").textContent = announced;
  }

  function fail(event, text) {
    const { elt, target, requestConfig } = event.detail;
    const inDialog = target === dialogBody || dialogBody.contains(elt);
    if (isPoll(elt)) {
      lostPolls += 1;
      if (lostPolls < LOST_POLLS) return;
      lostPolls = 0;
    }
    if (inDialog && dialogUrl) showDialogError(text);
    else if (requestConfig) showToast(text, "error");
  }

  // Only a question leaves things as they were for certain; an order may have arrived although its answer did not.
  const unanswered = (event) => event.detail.requestConfig?.verb === "get"
    ? "Sem resposta do servidor. Nada mudou."
    : "Sem resposta do servidor. Confira como ficou antes de tentar de novo.";
  document.body.addEventListener("htmx:sendError", (event) => fail(event, "Sem resposta do servidor. Nada mudou."));
  document.body.addEventListener("htmx:timeout", (event) => fail(event, unanswered(event)));
  document.body.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 404) fail(event, "Isto não existe mais. Recarregue a página.");
    else if (status === 403) fail(event, "Sua sessão mudou. Recarregue a página e tente de novo.");
    else fail(event, unanswered(event));
  });

  const offline = byId("offline");
  const tellNetwork = () => { offline.hidden = navigator.onLine; };
  addEventListener("online", tellNetwork);
  addEventListener("offline", tellNetwork);
  tellNetwork();

  // Plain forms: the page goes away, so the button only has to say that it was heard, once.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.closest("[hx-post], [hx-get]")) return;
    const button = buttonOf(event.target, event.submitter);
    if (button?.getAttribute("aria-busy") === "true") event.preventDefault();
    else setTimeout(() => setBusy(button, true)); // afterwards, so that the button's own value is still sent
  });
  addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("[aria-busy=true]")) setBusy(button, false);
  });

  // --- Countdown of a QR Code: the number, and the ring that starts where the code's life stands ------------------------
  function startCountdowns(root) {
    for (const counter of root.querySelectorAll("[data-countdown]")) {
      const ends = performance.now() + Number(counter.dataset.countdown) * 1000;
      const ring = counter.parentElement.querySelector(".run");
      if (ring) {
        ring.style.animationDelay = `${Number(counter.dataset.countdown) - RING_SECONDS}s`;
        ring.classList.add("is-running");
      }
      const tick = () => {
        if (!counter.isConnected) return;
        const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
        counter.textContent = String(left);
        if (left) setTimeout(tick, 250);
      };
      tick();
    }
  }

  // --- One more row of a formset; without scripts there is one empty row to begin with --------------------------------
  document.addEventListener("click", (event) => {
    const prefix = event.target.closest("[data-add-row]")?.dataset.addRow;
    if (!prefix) return;
    const total = byId(`id_${prefix}-TOTAL_FORMS`);
    const rows = byId(`${prefix}-rows`);
    const row = byId(`${prefix}-empty`).content.cloneNode(true).firstElementChild;
    for (const element of [row, ...row.querySelectorAll("*")]) {
      for (const attribute of element.attributes) attribute.value = attribute.value.replaceAll("__prefix__", total.value);
    }
    rows.append(row);
    total.value = Number(total.value) + 1;
    row.querySelector("input:not([type=hidden])").focus();
  });

  // --- Keyboard: "/" goes to the search, Esc shuts an open menu ------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !dialog.open && !event.target.closest("input, textarea, select, [contenteditable]")) {
      const search = document.querySelector("input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
    if (event.key === "Escape") {
      const menu = document.querySelector("details[data-menu][open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
  });
})();
