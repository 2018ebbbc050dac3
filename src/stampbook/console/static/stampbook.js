// What the console adds to HTML and htmx: keys, live parts, copies, and what is said when a request
// fails. Every page works without it. Texts come from data-text-… of <body>, in the page's language.
"use strict";
(() => {
  const LIVE_MS = 3000, BUSY_MS = 200, COPIED_MS = 2000, RELEASED_MS = 10000;
  const body = document.body;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const text = (name) => body.dataset["text" + name] ?? "";
  const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]");

  // -- what is said ------------------------------------------------------------------------
  const said = document.createElement("div");
  said.setAttribute("role", "status");

  // One region for all: it is there before it speaks, so that screen readers hear it. It lies in
  // the dialog in front, if there is one: what is behind is inert.
  function prepare() {
    const place = document.querySelector("dialog:modal") ?? body;
    if (said.parentElement !== place) place.append(said);
  }

  function say(words, kind, testId) {
    prepare();
    const message = document.createElement("p");
    message.className = `message ${kind} stuck`;
    message.dataset.testid = testId;
    message.textContent = words;
    said.replaceChildren(message);
  }

  const unsay = (testId) =>
    all(`[data-testid=${testId}]`, said).forEach((message) => message.remove());

  // -- waiting -----------------------------------------------------------------------------
  const waiting = new WeakMap();
  const loading = document.createElement("p");
  loading.className = "hidden-text";
  loading.dataset.testid = "loading";
  loading.setAttribute("aria-busy", "true");

  // Shown only after a while: what is fast should not flicker.
  function wait(element, part) {
    unwait(element);
    waiting.set(element, setTimeout(() => {
      const button = element.matches("form") ? element.querySelector("[data-sent]") : null;
      const shown = button ?? part;
      shown.setAttribute("aria-busy", "true");
      if (!button) shown.classList.add("busy");
      prepare();
      loading.textContent = text("Loading");
      said.append(loading);
      waiting.set(element, shown);
    }, BUSY_MS));
  }

  function unwait(element) {
    const found = waiting.get(element);
    waiting.delete(element);
    if (found instanceof Element) {
      found.removeAttribute("aria-busy");
      found.classList.remove("busy");
      loading.remove();
    } else clearTimeout(found);
  }

  // -- sending once ------------------------------------------------------------------------
  // A second click while the first is under way does nothing. The idempotency key in the form
  // protects where this script does not run.
  function release(form) {
    delete form.dataset.sending;
    all("[data-sent]", form).forEach((button) => button.removeAttribute("data-sent"));
    unwait(form);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sending) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sending = "true";
    event.submitter?.setAttribute("data-sent", "");
    wait(form, form);
    // A download leaves the page as it is, and a page may refuse to go away.
    if (!form.matches("[data-htmx-powered]")) setTimeout(() => release(form), RELEASED_MS);
  }, true);

  // The browser keeps a page that one may come back to as it was when it was left.
  addEventListener("pageshow", () => all("form[data-sending]").forEach(release));

  // -- htmx --------------------------------------------------------------------------------
  const isLive = (element) => element.matches("[data-live]");

  document.addEventListener("htmx:config:request", (event) => {
    const { sourceElement, request } = event.detail.ctx;
    const form = sourceElement.closest("form") ?? document;
    const token = form.querySelector("[name=csrf_token]")?.value;
    if (token && request.method !== "GET") request.headers["X-CSRF-Token"] = token;
  });

  document.addEventListener("htmx:before:request", (event) => {
    const { sourceElement, target } = event.detail.ctx;
    if (!isLive(sourceElement)) wait(sourceElement, target ?? sourceElement);
  });

  document.addEventListener("htmx:finally:request", (event) => {
    const source = event.detail.ctx.sourceElement;
    if (source.matches("form")) release(source);
    else unwait(source);
  });

  document.addEventListener("htmx:after:request", (event) => {
    const { sourceElement, response, target } = event.detail.ctx;
    unsay("offline");
    if (!isLive(sourceElement)) return;
    if (response.status >= 400 && !response.headers.has("HX-Redirect")) {
      // It stays as it was. What is forbidden or gone is not asked for any more.
      if (response.status < 500 && response.status !== 429) sourceElement.removeAttribute("data-live");
      event.preventDefault();
    } else if (response.status !== 204 && target) keepFocus(target);
  });

  // Not sent, or no answer: the form is still there with all that was typed.
  document.addEventListener("htmx:error", (event) => {
    const source = event.detail.ctx?.sourceElement;
    if (!source) return;
    if (source.matches("form")) release(source);
    if (!isLive(source)) say(text("Offline"), "error", "offline");
    // That a form was not saved matters more than that the page does not follow changes.
    else if (!all("[data-testid=offline]", said).length) {
      say(text("Disconnected"), "warning", "offline");
    }
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const { response, target } = event.detail.ctx;
    if (target === body && response?.raw?.redirected) shownAt(response.raw.url);
    const front = target?.closest?.("dialog[data-front]");
    if (front) open(front);
    // A whole page came: one begins where to go on, or else at its top.
    if (target === body && document.activeElement === body) {
      scrollTo(0, 0);
      const next = document.querySelector("main [data-focus], main [aria-invalid=true]");
      if (next) next.focus();
      else document.querySelector("main")?.focus({ preventScroll: true });
    }
    refresh();
  });

  // -- addresses ---------------------------------------------------------------------------
  // After a form the address is that of the page that came. What is shown again to go back or
  // forward is asked for anew: a page may have changed, or its reader signed out.
  let shown = location.pathname + location.search;

  function shownAt(url) {
    const { pathname, search } = new URL(url);
    if (pathname + search === shown) return;
    shown = pathname + search;
    history.pushState(null, "", shown);
  }

  addEventListener("popstate", () => {
    if (location.pathname + location.search !== shown) location.reload();
  });

  // -- live parts --------------------------------------------------------------------------
  // What somebody has begun to fill in is not replaced under their hands.
  const isBegun = (field) => field.type !== "hidden" && (field.matches("select")
    ? [...field.options].some((each) => each.defaultSelected && !each.selected)
    : field.value !== field.defaultValue || field.checked !== field.defaultChecked);

  function poll() {
    if (document.hidden) return;
    all("[data-live]").forEach((part) => {
      const isTyped = part.contains(document.activeElement) && isTyping(document.activeElement);
      const isOpen = part.querySelector("details[open] form");
      if (!isTyped && !isOpen && !all("input, select, textarea", part).some(isBegun)) {
        htmx.trigger(part, "live");
      }
    });
  }

  setInterval(poll, LIVE_MS);
  document.addEventListener("visibilitychange", poll);

  // What had the focus has it again after its part was replaced, found by its id or test id.
  function keepFocus(target) {
    const focused = document.activeElement;
    if (!target.contains(focused)) return;
    const row = focused.closest("[data-id]")?.dataset.id;
    const testId = focused.dataset.testid;
    const selector = focused.id ? `#${CSS.escape(focused.id)}`
      : [row && `[data-id="${CSS.escape(row)}"]`,
        testId && !focused.matches("tr") && `[data-testid="${CSS.escape(testId)}"]`]
        .filter(Boolean).join(" ");
    if (!selector) return;
    document.addEventListener("htmx:after:swap", () => {
      const again = document.querySelector(selector);
      if (!again || document.activeElement !== body) return;
      if (again.matches("tr")) again.tabIndex = -1;
      again.focus({ preventScroll: true });
    }, { once: true });
  }

  // -- clocks ------------------------------------------------------------------------------
  function count() {
    all("[data-countdown] time").forEach((clock) => {
      if (!clock.dataset.at) {
        clock.dataset.at = clock.textContent;
        clock.title = `${clock.textContent} · ${clock.title}`;
      }
      const left = Math.ceil((Date.parse(clock.dateTime) - Date.now()) / 1000);
      const [hours, minutes, seconds] = [left / 3600, (left / 60) % 60, left % 60].map(Math.floor);
      const two = (number) => String(number).padStart(2, "0");
      const words = left <= 0 ? text("Over")
        : `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds)}`;
      if (hours < 24 && clock.textContent !== words) clock.textContent = words;
    });
  }

  setInterval(count, 1000);

  // -- clicks and choices ------------------------------------------------------------------
  async function copy(button) {
    const words = button.dataset.copy
      || document.getElementById(button.dataset.copyFrom)?.textContent.trim() || "";
    try {
      await navigator.clipboard.writeText(words);
    } catch {
      // Not allowed, or not over https: the old way, by a field that is chosen.
      const field = document.createElement("textarea");
      field.value = words;
      (button.closest("dialog") ?? body).append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
      button.focus();
    }
    say(text("Copied"), "success", "copied");
    setTimeout(() => unsay("copied"), COPIED_MS);
  }

  document.addEventListener("click", (event) => {
    const back = event.target.closest?.("dialog[data-front] [data-testid=back]");
    if (back) {
      event.preventDefault();
      back.closest("dialog").close();
      return;
    }
    const button = event.target.closest?.("[data-copy],[data-copy-from],[data-dialog],[data-close],[data-print]");
    if (!button) return;
    if (button.matches("[data-dialog]")) open(document.getElementById(button.dataset.dialog));
    else if (button.matches("[data-close]")) button.closest("dialog").close();
    else if (button.matches("[data-print]")) print();
    else copy(button);
  });

  // Fields that belong to some choices are there for these only.
  function fit() {
    all("[data-when]").forEach((part) => {
      const choice = document.getElementById(part.dataset.when);
      if (!choice) return;
      const isOff = choice.closest("[data-off]") !== null;
      const fits = part.dataset.is.split(" ").includes(choice.value);
      part.toggleAttribute("data-off", isOff || !fits);
    });
  }

  document.addEventListener("change", (event) => {
    fit();
    if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
    else if (event.target.matches("[data-into]")) fill(event.target);
  });

  // A file of text goes into a field, where people see what they send.
  async function fill(picker) {
    const content = await picker.files[0]?.text();
    if (content !== undefined) document.getElementById(picker.dataset.into).value = content;
  }

  // -- dialogs -----------------------------------------------------------------------------
  function open(dialog) {
    if (!dialog || dialog.open) return;
    const before = document.activeElement;
    // What is in front is a page of its own.
    if (dialog.dataset.front) dialog.dataset.page = dialog.dataset.front;
    dialog.showModal();
    dialog.addEventListener("close", () => {
      delete dialog.dataset.page;
      before.focus?.();
    }, { once: true });
  }

  // -- keys --------------------------------------------------------------------------------
  const ROWS = "[data-testid=result], tr[data-testid=row]";

  // The rows that arrows move along: those of the list with the focus, else of the page's main one.
  function rows() {
    const list = document.activeElement.closest("table, [data-testid=results]")
      ?? ["[data-testid=results]", "[data-testid=history]", "main table"]
        .map((each) => document.querySelector(each)).find(Boolean);
    return list ? all(ROWS, list) : [];
  }

  function move(step) {
    const found = rows();
    if (!found.length) return false;
    const at = found.findIndex((row) => row.contains(document.activeElement));
    const next = found[at < 0 ? (step > 0 ? 0 : found.length - 1) : at + step];
    if (!next) return at === 0 && step < 0 ? focusSearch() : true;
    if (next.matches("tr")) next.tabIndex = -1;
    next.focus();
    return true;
  }

  function focusSearch() {
    const box = document.querySelector("[data-testid=search-box]");
    box?.focus();
    box?.select();
    return Boolean(box);
  }

  function follow(selector) {
    const link = document.activeElement.closest("tr[data-testid=row]")?.querySelector(selector);
    link?.click();
    return Boolean(link);
  }

  const KEYS = {
    "/": focusSearch,
    "?": () => (open(document.getElementById("keys")), true),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => document.activeElement.matches("tr") && follow("a[href]"),
    c: () => follow("[data-testid=cancel]"),
  };

  // With a Cyrillic layout the same keys write other letters.
  function nameOf(event) {
    if (event.key in KEYS) return event.key;
    if (event.code === "Slash") return event.shiftKey ? "?" : "/";
    return event.code === "KeyC" && !event.shiftKey ? "c" : event.key;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.defaultPrevented || document.querySelector("dialog:modal")) return;
    const inSearch = event.target.matches("[data-testid=search-box]");
    if (event.key === "Escape" && inSearch) return event.target.blur();
    if (isTyping(event.target) && !(inSearch && event.key === "ArrowDown")) return;
    if (KEYS[nameOf(event)]?.()) event.preventDefault();
  });

  function refresh() {
    all("[data-into]").forEach((picker) => { picker.closest(".field").hidden = false; });
    prepare();
    fit();
    count();
  }

  refresh();
})();
