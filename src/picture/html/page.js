// Filter, details and keys. Without this the picture and the list are there all the same: every thing in the picture is a
// link to its entry in the list.
(() => {
  "use strict";
  const picture = document.getElementById("picture");
  const nodes = [...document.querySelectorAll("#picture a")];
  if (nodes.length === 0) return;
  const filter = document.getElementById("filter");
  const matches = document.getElementById("matches");
  const panel = document.getElementById("panel");
  const content = document.getElementById("content");
  const scroller = document.getElementById("scroll");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const things = new Map();
  const order = [];
  for (const link of nodes) {
    const [x, y, width, height] = link.dataset.box.split(" ").map(Number);
    const thing = {
      id: Number(link.id.slice(1)), link, entry: document.querySelector(link.getAttribute("href")),
      column: Number(link.dataset.column), frame: link.dataset.frame,
      x, y, width, height, home: y, text: link.dataset.name.toLowerCase(), near: new Set(), arrows: [], shown: true,
    };
    things.set(thing.id, thing);
    order.push(thing);
  }
  const frames = [...document.querySelectorAll("#picture .frame")].map((group) => {
    const [x, y, width, height] = group.dataset.box.split(" ").map(Number);
    return { group, id: group.dataset.frame, x, y, width, height, home: y, tall: height };
  });
  const arrows = [...document.querySelectorAll("#picture .arrow")].map((path) => {
    const arrow = {
      path, from: path.dataset.from.split(" ").map(Number), to: Number(path.dataset.to), frame: path.dataset.frame,
      home: path.getAttribute("d"),
    };
    for (const from of arrow.from) {
      things.get(from).near.add(arrow.to);
      things.get(arrow.to).near.add(from);
      things.get(from).arrows.push(arrow);
    }
    things.get(arrow.to).arrows.push(arrow);
    return arrow;
  });

  // One thing is chosen at a time: it, its neighbours and the arrows between them stand out.
  let chosen = null;
  function choose(thing) {
    if (chosen === thing) return;
    if (chosen) mark(chosen, false);
    chosen = thing;
    picture.classList.toggle("chosen", Boolean(thing));
    panel.hidden = !thing;
    document.body.classList.toggle("open", Boolean(thing));
    if (!thing) return;
    mark(thing, true);
    content.replaceChildren(...[...thing.entry.childNodes].map((child) => child.cloneNode(true)));
    for (const inner of content.querySelectorAll("[id]")) inner.removeAttribute("id");
    panel.scrollTop = 0;
  }
  function mark(thing, on) {
    if (on) thing.link.setAttribute("aria-current", "true");
    else thing.link.removeAttribute("aria-current");
    thing.link.classList.toggle("on", on);
    for (const id of thing.near) things.get(id).link.classList.toggle("on", on);
    for (const arrow of thing.arrows) {
      arrow.path.classList.toggle("on", on);
      if (on) arrow.path.parentNode.append(arrow.path);
    }
  }

  // The picture is one stop of the Tab key; arrow keys go on from there.
  let stop = order[0];
  for (const thing of order) thing.link.setAttribute("tabindex", thing === stop ? "0" : "-1");
  function stopAt(thing) {
    stop.link.setAttribute("tabindex", "-1");
    stop = thing;
    stop.link.setAttribute("tabindex", "0");
  }
  function go(thing) {
    if (!thing) return;
    stopAt(thing);
    thing.link.focus({ preventScroll: true });
    show(thing);
  }
  function show(thing) {
    const low = panel.hidden ? 0 : Math.max(0, scroller.getBoundingClientRect().bottom - panel.getBoundingClientRect().top);
    const room = scroller.clientHeight - (innerWidth < 700 ? Math.min(low, scroller.clientHeight / 2) : 0);
    const to = { behavior: calm.matches ? "auto" : "smooth" };
    if (thing.y < scroller.scrollTop + 40 || thing.y + thing.height > scroller.scrollTop + room - 20) {
      to.top = thing.y - room / 2;
    }
    if (thing.x < scroller.scrollLeft || thing.x + thing.width > scroller.scrollLeft + scroller.clientWidth) {
      to.left = thing.x - Math.max(16, (scroller.clientWidth - thing.width) / 2);
    }
    scroller.scrollTo(to);
  }
  const nearest = (thing, others) =>
    others.reduce((best, other) => (best && Math.abs(best.y - thing.y) <= Math.abs(other.y - thing.y) ? best : other), null);
  function aside(thing, step) {
    const there = (other) => other.shown && (step > 0 ? other.column > thing.column : other.column < thing.column);
    const linked = [...thing.near].map((id) => things.get(id)).filter(there);
    if (linked.length > 0) return nearest(thing, linked);
    const all = order.filter(there);
    const columns = all.map((other) => other.column);
    const next = step > 0 ? Math.min(...columns) : Math.max(...columns);
    return nearest(thing, all.filter((other) => other.column === next));
  }
  function along(thing, step) {
    const column = order.filter((other) => other.shown && other.column === thing.column).sort((a, b) => a.y - b.y);
    return column[column.indexOf(thing) + step];
  }
  const moves = {
    ArrowDown: (thing) => along(thing, 1),
    ArrowUp: (thing) => along(thing, -1),
    ArrowRight: (thing) => aside(thing, 1),
    ArrowLeft: (thing) => aside(thing, -1),
    Home: () => order.find((thing) => thing.shown),
    End: () => order.findLast((thing) => thing.shown),
  };
  // The listeners are on the element around the drawing: one that listens for focus inside an SVG becomes a stop of the Tab key.
  const thingOf = (link) => link && things.get(Number(link.id.slice(1)));
  scroller.addEventListener("focusin", (event) => {
    const thing = thingOf(event.target.closest("a"));
    if (thing) {
      stopAt(thing);
      choose(thing);
    }
  });
  scroller.addEventListener("click", (event) => {
    const thing = thingOf(event.target.closest("a"));
    if (!thing) return choose(null);
    event.preventDefault();
    stopAt(thing);
    thing.link.focus({ preventScroll: true });
    choose(thing);
    // The Enter key clicks too, and then one wants to read.
    if (event.detail === 0) panel.focus({ preventScroll: true });
  });
  scroller.addEventListener("keydown", (event) => {
    const thing = thingOf(event.target.closest("a"));
    const move = moves[event.key];
    if (!thing || !move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(move(thing));
  });
  // A link to an entry leads to the thing in the picture when it is followed in the panel.
  panel.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#d"]');
    const thing = link && things.get(Number(link.getAttribute("href").slice(2)));
    if (!thing) return;
    event.preventDefault();
    if (!thing.shown) clear();
    go(thing);
    choose(thing);
  });
  document.getElementById("close").addEventListener("click", leave);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (chosen) leave();
    else if (filter.value) clear();
  });
  function leave() {
    const back = panel.contains(document.activeElement);
    choose(null);
    if (back) stop.link.focus({ preventScroll: true });
    if (back) choose(null);
  }

  // What the filter leaves closes up: the same columns and order, without the gaps.
  function clear() {
    filter.value = "";
    sift();
  }
  function sift() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = order.filter((thing) => words.every((word) => thing.text.includes(word)));
    const hits = new Set(found);
    const keep = new Set();
    for (const thing of found) {
      keep.add(thing.id);
      for (const id of thing.near) keep.add(id);
    }
    if (chosen && words.length > 0 && !keep.has(chosen.id)) choose(null);
    for (const thing of order) {
      thing.shown = words.length === 0 || keep.has(thing.id);
      thing.link.classList.toggle("out", !thing.shown);
      thing.link.classList.toggle("hit", words.length > 0 && hits.has(thing));
      thing.entry.classList.toggle("out", !thing.shown);
    }
    if (words.length === 0) restore();
    else pack(hits);
    matches.textContent = words.length === 0 ? "" : `${found.length} of ${order.length}` + (found.length === 0 ? ": nothing has this name" : ", with neighbours");
    if (!stop.shown && found.length > 0) stopAt(found[0]);
    scroller.scrollTo({ top: 0 });
  }
  const lift = (element, y, home) => element.setAttribute("transform", `translate(0 ${y - home})`);
  function restore() {
    for (const thing of order) {
      thing.y = thing.home;
      thing.link.removeAttribute("transform");
    }
    for (const frame of frames) {
      frame.y = frame.home;
      frame.height = frame.tall;
      frame.group.classList.remove("out");
      draw(frame);
    }
    for (const arrow of arrows) {
      arrow.path.classList.remove("out");
      arrow.path.setAttribute("d", arrow.home);
    }
    resize(Number(picture.dataset.height));
  }
  function draw(frame) {
    lift(frame.group, frame.y, frame.home);
    frame.group.firstElementChild.setAttribute("height", frame.height);
  }
  function pack(hits) {
    const top = 44;
    let bottom = top;
    const stack = (list, y) => {
      for (const thing of list) {
        thing.y = Math.max(y, thing.wanted ?? y);
        lift(thing.link, thing.y, thing.home);
        y = thing.y + thing.height + 8;
      }
      bottom = Math.max(bottom, y);
      return y;
    };
    const column = (number) => order.filter((thing) => thing.shown && thing.column === number).sort((a, b) => a.home - b.home);
    let y = top;
    for (const frame of frames.slice().sort((a, b) => a.home - b.home)) {
      const inside = column(1).filter((thing) => thing.frame === frame.id);
      frame.group.classList.toggle("out", inside.length === 0);
      if (inside.length === 0) continue;
      frame.y = y;
      for (const thing of inside) thing.wanted = undefined;
      y = stack(inside, y + 24) - 8 + 10;
      frame.height = y - frame.y;
      draw(frame);
      y += 16;
    }
    for (const number of [0, 2, 3]) {
      for (const thing of column(number)) {
        const near = [...thing.near].map((id) => things.get(id)).filter((other) => other.shown && other.column === (number === 3 ? 2 : 1));
        const sum = near.reduce((total, other) => total + other.y + other.height / 2, 0);
        thing.wanted = near.length > 0 && column(number).length < 40 ? Math.max(top, sum / near.length - thing.height / 2) : undefined;
      }
      stack(column(number), top);
    }
    for (const arrow of arrows) {
      const from = arrow.from.filter((id) => things.get(id).shown);
      const to = things.get(arrow.to);
      // Between two neighbours of what was found there is nothing to tell.
      const tells = from.some((id) => hits.has(things.get(id))) || hits.has(to);
      const shown = from.length > 0 && to.shown && tells;
      arrow.path.classList.toggle("out", !shown);
      if (!shown) continue;
      const start = arrow.frame ? frames.find((frame) => frame.id === arrow.frame) : things.get(from[0]);
      arrow.path.setAttribute("d", start.column === 1 && to.column === 1 ? arc(start, to) : curve(start, to));
    }
    resize(bottom + 16);
  }
  function resize(height) {
    picture.setAttribute("height", height);
    picture.setAttribute("viewBox", `0 0 ${picture.dataset.width} ${height}`);
  }
  const middle = (area) => area.y + area.height / 2;
  function curve(from, to) {
    const [x1, y1, x2, y2] = [from.x + from.width, middle(from), to.x, middle(to)];
    const bend = to.column === 1 ? x2 - 10 : x2;
    const half = (x1 + bend) / 2;
    return `M${x1} ${y1}C${half} ${y1} ${half} ${y2} ${bend} ${y2}H${x2}m-6 -4l6 4l-6 4`;
  }
  function arc(from, to) {
    const x = from.x + from.width;
    const shift = from === to ? 5 : 5 * Math.sign(to.y - from.y);
    const [y1, y2] = [middle(from) + shift, middle(to) - shift];
    const out = x + Math.min(30 + Math.abs(y2 - y1) * 0.12, 74) * 1.3;
    return `M${x} ${y1}C${out} ${y1} ${out} ${y2} ${x} ${y2}m6 -4l-6 4l6 4`;
  }
  filter.addEventListener("input", sift);
  document.getElementById("tools").hidden = false;
  document.getElementById("keys").hidden = false;
})();
