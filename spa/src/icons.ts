/** Our own icons: strokes on a grid of 24, drawn with `currentColor`. */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  /** The mark: an archway whose gate is half raised. */
  gate: "M2.5 21.5h19M4.5 21.5V11a7.5 7.5 0 0 1 15 0v10.5M8.3 4.6v11.2M12 3.5v12.3M15.7 4.6v11.2M4.5 11.3h15",
  plus: "M12 5v14M5 12h14",
  send: "M12 19V5M6 11l6-6 6 6",
  menu: "M4 7h16M4 12h16M4 17h10",
  close: "M6 6l12 12M18 6L6 18",
  trash: "M4 7h16M10 11v6M14 11v6M6 7l1 13h10l1-13M9 7V4h6v3",
  devices: "M3 5h13v9H3zM7 18h5M18 9h3v10h-5v-3",
  exit: "M14 4H6v16h8M10 12h11M17 8l4 4-4 4",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M7 7l10 10M17 7L7 17",
  pause: "M9 7v10M15 7v10",
  down: "M12 5v14M6 13l6 6 6-6",
  retry: "M4 12a8 8 0 1 0 2.5-5.8M4 4v5h5",
  warning: "M12 4l9 16H3zM12 10v4.5M12 17.2v.3",
  tool: "M14.5 5.5a4.5 4.5 0 0 0-5.6 5.9L4 16.3V20h3.7l4.9-4.9a4.5 4.5 0 0 0 5.9-5.6l-2.9 2.9-2.5-.5-.5-2.5z",
  chevron: "M9 6l6 6-6 6",
} as const;

export type IconName = keyof typeof PATHS;

/** A decoration: it says nothing to a screen reader, the text or label beside it does. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A filled square: stop. */
export function stopIcon(): SVGSVGElement {
  const svg = icon("plus");
  svg.setAttribute("class", "icon icon-stop");
  svg.firstElementChild?.setAttribute("d", "M7 7h10v10H7z");
  return svg;
}
