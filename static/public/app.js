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
  const ownPage = byId("dialog-page"); // what a dialog would show, as a page of its own: it acts in its own place
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

  function showToast(text, level = "info", { href, action } = {}) {
    for (const card of toasts.children) {
      if (card.querySelector("[data-toast-text]").textContent === text) card.remove();
    }
    const template = byId(`toast-${level}`) || byId("toast-info");
    const card = template.content.firstElementChild.cloneNode(true);
    card.querySelector("[data-toast-text]").textContent = text;
    if (href) {
      const link = card.querySelector("[data-toast-action]");
      link.href = href;
      link.textContent = action;
      link.hidden = false;
    }
    toasts.append(card);
    watchToast(card);
  }

  for (const card of [...toasts.children]) watchToast(card);
  let said = null; // the newest, for the page that this one gives way to
  document.body.addEventListener("toast", (event) => {
    said = event.detail;
    showToast(said.text, said.level, said);
  });

  const KEPT = "adscape-toast";
  function keepToast() {
    try {
      if (said) sessionStorage.setItem(KEPT, JSON.stringify(said));
    } catch { /* a browser that stores nothing only says it once */ }
  }

  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    sessionStorage.removeItem(KEPT);
    if (kept) showToast(kept.text, kept.level, kept);
  } catch { /* see above */ }

  // --- The dialog ----------------------------------------------------------------------------------------------------
  let opener = null; // what had the focus, and where it stood, since a card may be replaced while the dialog is open
  let openerHome = "";
  let openerIndex = -1; // of what had the focus among what can have it there
  let dialogUrl = ownPage ? location.pathname + location.search : "";
  let lostPolls = 0;
  let closing;

  function openDialog() {
    clearTimeout(closing);
    if (dialog.open || ownPage) return;
    dialog.append(above); // outside of a modal dialog everything is inert, toasts too
    dialog.showModal();
    byId("dialog-title")?.focus();
  }

  function closeDialog() {
    if (dialog.open) dialog.close();
    if (!ownPage) return;
    keepToast();
    location.assign(ownPage.dataset.home);
  }

  dialog.addEventListener("close", () => {
    clearTimeout(closing);
    dialogBody.replaceChildren(); // with its polling element gone, the polling ends
    document.body.append(above);
    lostPolls = 0;
    const home = openerHome && byId(openerHome);
    const target = opener?.isConnected ? opener
      : (opener?.id && byId(opener.id)) || partsOf(home)[openerIndex] || home?.querySelector("a, button");
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

  // A link to something that the dialog can show; without scripts it is a page of its own.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    htmx.ajax("GET", link.href, { source: link, target: dialogBody, swap: "innerHTML", event });
  });

  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-dialog-close]");
    if (closer && (dialog.open || (ownPage && !closer.href))) {
      event.preventDefault(); // without scripts, and on a page of its own, it is a link back
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
        openerHome = elt.closest("article[id], section[id], tr[id]")?.id || "";
        openerIndex = partsOf(byId(openerHome)).indexOf(opener);
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
    const isLost = ownPage ? document.activeElement === document.body : dialog.open && !dialog.contains(document.activeElement);
    if (isLost) byId("dialog-title")?.focus();
  });

  // A card that reloads itself by the clock must not shut the menu that somebody has just opened in it.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = event.detail;
    if (!requestConfig.triggeringEvent && isPoll(target) && target.querySelector("details[open]")) {
      event.detail.shouldSwap = false;
    }
  });

  document.body.addEventListener("htmx:load", (event) => {
    showCheckAll(event.detail.elt);
    startCountdowns(event.detail.elt);
    tellMenus(event.detail.elt);
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

  // A panel that loads with the page says in its own place that it could not, and offers to try again. Once it has
  // content, that stays as it is and a toast tells of the failure.
  function tellPanel(panel, failed) {
    const words = panel.querySelector("[data-panel-error]");
    if (!words) return false;
    words.hidden = !failed;
    const skeleton = panel.querySelector("[data-panel-loading]");
    if (skeleton) skeleton.hidden = failed;
    return true;
  }

  // An order given in a panel may take away its own row, and with it the focus: the panel's heading takes it then. The
  // page around it reads itself anew at the same time, so this holds for a moment and not for one swap.
  const FOCUS_MS = 3000;
  let ordered = { panel: "", until: 0 };
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, requestConfig } = event.detail;
    const panel = elt.closest("[data-panel]");
    if (panel && requestConfig.verb === "post") ordered = { panel: panel.id, until: performance.now() + FOCUS_MS };
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    if (performance.now() > ordered.until || document.activeElement !== document.body) return;
    byId(ordered.panel)?.querySelector("h2[tabindex]")?.focus({ preventScroll: true });
  });

  // --- Copy: the field is there to be copied by hand where the browser does not allow it ------------------------------
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.querySelector(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      showToast("Copiado.", "ok");
    } catch {
      showToast("Selecionado: copie com o teclado ou com o toque longo.");
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  document.addEventListener("click", (event) => {
    const panel = event.target.closest("[data-panel-retry]")?.closest("[data-panel]");
    if (!panel) return;
    tellPanel(panel, false);
    htmx.trigger(panel, "retry");
  });

  function fail(event, text) {
    const { elt, target, requestConfig } = event.detail;
    const inDialog = target === dialogBody || dialogBody.contains(elt);
    if (elt.matches("[data-panel]") && tellPanel(elt, true)) return;
    if (isPoll(elt)) {
      lostPolls += 1;
      if (lostPolls < LOST_POLLS) return;
      lostPolls = 0;
    }
    if (bellPanel && target === bellPanel && requestConfig.verb === "get") ringBell(false);
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

  // A choice that is the whole question: the page comes back with its answer.
  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
  });

  // Plain forms: the page goes away, so the button only has to say that it was heard, once.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.closest("[hx-post], [hx-get], [data-download]")) return;
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

  // --- "Marcar todos": shown where there is somebody to obey it -------------------------------------------------------
  const marksOf = (form) => [...form.querySelectorAll("input[type=checkbox][name]")];
  function showCheckAll(root) {
    for (const label of root.querySelectorAll("[data-check-all]")) label.hidden = false;
  }
  showCheckAll(document);
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    const all = form?.querySelector("[data-check-all] input");
    if (!all) return;
    const marks = marksOf(form);
    if (event.target === all) for (const mark of marks) mark.checked = all.checked;
    const marked = marks.filter((mark) => mark.checked).length;
    for (const count of form.querySelectorAll("[data-marked]")) count.textContent = marked ? ` ${marked}` : "";
    all.checked = marked === marks.length;
    all.indeterminate = marked > 0 && marked < marks.length;
  });

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

  // A row that the server has drawn, for a group that was chosen: now it counts, and it is not saved yet.
  document.body.addEventListener("recipient-added", () => {
    const total = byId("id_recipients-TOTAL_FORMS");
    total.value = Number(total.value) + 1;
    total.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // --- A form with something to lose says so beside its buttons, and asks before the page is left -----------------------
  const keeper = document.querySelector("form[data-unsaved]");
  if (keeper) {
    const note = keeper.querySelector("[data-unsaved-note]");
    // Change without anybody's doing, or say only what the page shows.
    const passing = ["csrfmiddlewaretoken", "token", "use-which", "preview-of", "preview-since", "preview-until"];
    const written = () => JSON.stringify([...new FormData(keeper)].filter(([name]) => !passing.includes(name)));
    const stored = keeper.dataset.unsaved === "yes" ? "" : written(); // drawn with errors: nothing of it is stored
    let saving = false;
    keeper.addEventListener("input", () => { note.hidden = written() === stored; });
    keeper.addEventListener("submit", () => { saving = true; });
    addEventListener("pageshow", () => { saving = false; });
    addEventListener("beforeunload", (event) => {
      if (!saving && !note.hidden) event.preventDefault();
    });
  }

  // --- The report editor: rows that move, goals of what is shown, characters that are counted -----------------------------
  // Without scripts the same buttons draw the page anew.
  const isSeen = (element) => element.offsetParent !== null;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-row]");
    const isUp = button.dataset.move === "up";
    const step = isUp ? "previousElementSibling" : "nextElementSibling";
    let other = row[step];
    while (other && other.matches("[data-row]") && !isSeen(other)) other = other[step];
    const moves = other?.matches("[data-row]");
    if (moves) other[isUp ? "before" : "after"](row);
    const focused = getComputedStyle(button).visibility === "hidden" ? row.querySelector(`[data-move]:not([data-move=${button.dataset.move}])`) : button;
    focused.focus();
    const rows = [...row.parentElement.querySelectorAll("[data-row]")].filter(isSeen);
    const name = button.getAttribute("aria-label").replace(/^\S+ /, "");
    byId("live").textContent = `${name}: ${rows.indexOf(row) + 1} de ${rows.length}`;
    if (moves) row.dispatchEvent(new Event("input", { bubbles: true }));
  });

  document.addEventListener("input", (event) => {
    const box = event.target;
    const counter = box.id && document.querySelector(`[data-count-of="${CSS.escape(box.id)}"]`);
    if (counter) counter.textContent = [...box.value].length;
    const goal = box.type === "checkbox" && document.querySelector(`[data-goal="${CSS.escape(box.value)}"]`);
    if (goal) goal.hidden = !box.checked && !goal.querySelector("input").value;
  });

  // A template has filled the form: the preview and the note beside the buttons follow, as after typing.
  document.body.addEventListener("contents-changed", () => {
    byId("report-contents")?.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // --- The bell: a link to the page of notices, which opens the newest of them below itself ----------------------------
  const bell = byId("bell");
  const bellPanel = byId("bell-panel");

  function ringBell(open) {
    if (!bell) return;
    bell.setAttribute("aria-expanded", String(open));
    bellPanel.hidden = !open;
    if (!open) return;
    htmx.ajax("GET", bell.href, { target: bellPanel, swap: "innerHTML" })?.catch(() => {}); // `fail` tells the person
  }

  if (bell) {
    bell.setAttribute("role", "button");
    bell.setAttribute("aria-controls", "bell-panel");
    bell.setAttribute("aria-expanded", "false");
  }

  document.addEventListener("click", (event) => {
    if (!bell) return;
    const onBell = bell.contains(event.target);
    if (onBell && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      ringBell(bellPanel.hidden);
    } else if (!onBell && !bellPanel.hidden && !bellPanel.contains(event.target)) ringBell(false);
  });

  document.body.addEventListener("htmx:afterSwap", (event) => {
    // "Dispensar" is gone together with what had the focus.
    if (event.detail.target === bellPanel && event.detail.requestConfig.verb === "post") byId("bell-title")?.focus();
  });

  // --- The clients' cards, and their rows: what fifty of them share is done here -------------------------------------
  const partsOf = (home) => [...(home?.querySelectorAll("a, button, summary") ?? [])].filter((part) => !part.closest("ul"));

  // "Enviar agora" stays in the page. Without scripts the button submits the one form that it names.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[form=send]");
    if (!button) return;
    event.preventDefault();
    htmx.ajax("POST", button.formAction, { source: button, values: { [button.name]: button.value }, swap: "none", event });
  });

  // "Mais ações": a link to the client's page, which becomes a menu when it is used.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.more");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const menu = byId("card-menu").content.firstElementChild.cloneNode(true);
    const lacks = link.dataset.lacks ?? "r";
    for (const item of menu.querySelectorAll("[data-needs]")) if (lacks.includes(item.dataset.needs)) item.remove();
    for (const item of menu.querySelectorAll("[data-path]")) {
      item[item.matches("button") ? "formAction" : "href"] = link.href + item.dataset.path;
    }
    menu.firstElementChild.setAttribute("aria-label", link.getAttribute("aria-label"));
    menu.open = true;
    link.replaceWith(menu);
    menu.firstElementChild.focus();
  });

  function tellMenus(root) {
    for (const link of root.querySelectorAll("a.more")) {
      link.setAttribute("role", "button");
      link.setAttribute("aria-expanded", "false");
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches("a.more")) {
      event.preventDefault();
      event.target.click();
    }
  });

  // The server names each client that has changed, and its card is read again.
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const told = event.detail.xhr.getResponseHeader("HX-Trigger") || "";
    for (const [, key] of told.matchAll(/client-changed-([0-9a-f-]{36})/g)) {
      const card = byId(`client-${key}`);
      if (!card) continue;
      const url = `${card.querySelector("a").href}card/${card.matches("tr") ? "?visao=lista" : ""}`;
      htmx.ajax("GET", url, { source: card, target: card, swap: "outerHTML" });
    }
  });

  // What had the focus in a card has it again in the card that takes its place.
  let focusWas = null;
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { target, shouldSwap } = event.detail;
    if (!target.matches?.("article[id], tr[id]")) return;
    const index = shouldSwap ? partsOf(target).indexOf(document.activeElement) : -1;
    focusWas = index < 0 ? null : { home: target.id, index };
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    if (!focusWas) return;
    partsOf(byId(focusWas.home))[focusWas.index]?.focus({ preventScroll: true });
    focusWas = null;
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
      } else if (bell && !bellPanel.hidden && !dialog.open) {
        ringBell(false);
        bell.focus();
      }
    }
  });
})();
