// One SVG sprite of the icons that the taxonomy names for places people go to, all of Maki (for a tenant's own
// categories), and the interface's own. Drawings lose their colours: the widget paints them with the text's colour.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const SOURCES = {
  maki: "node_modules/@mapbox/maki/icons",
  temaki: "node_modules/@rapideditor/temaki/icons",
  fas: "node_modules/@fortawesome/fontawesome-free/svgs/solid",
  ui: "icons",
};

/** First parts of preset ids that a visitor may look for. */
const SOUGHT = new Set(["amenity", "club", "craft", "education", "emergency", "healthcare", "leisure", "office", "shop", "tourism"]);

/** Presets below these have drawings of their own that nobody needs on a ticket. */
const DETAIL = /^(leisure\/(pitch|track|fitness_station|playground)|amenity\/(vending_machine|recycling|parking|bicycle_parking|waste))\//;

const ATTRIBUTION =
  "Maki and Temaki: CC0 1.0. Symbols named fas-*: Font Awesome Free by Fonticons, Inc., CC BY 4.0, https://fontawesome.com/license/free";

export async function sprite(root) {
  const aliases = JSON.parse(await readFile(join(root, "icons/alias.json"), "utf8"));
  const names = new Set([...(await named(root)), ...(await all(root, "maki")), ...(await all(root, "ui"))]);
  const symbols = [];
  for (const name of [...names].sort()) {
    const svg = await drawing(root, aliases[name] ?? name);
    if (svg) symbols.push(symbol(name, svg));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg"><!-- ${ATTRIBUTION} -->\n${symbols.join("\n")}\n</svg>\n`;
}

async function named(root) {
  const file = join(root, "node_modules/@openstreetmap/id-tagging-schema/dist/presets.json");
  return Object.entries(JSON.parse(await readFile(file, "utf8")))
    .filter(([id, preset]) => preset.icon && SOUGHT.has(id.split("/")[0]) && !DETAIL.test(id))
    .map(([, preset]) => preset.icon);
}

async function all(root, set) {
  const files = (await readdir(join(root, SOURCES[set]))).filter((file) => file.endsWith(".svg"));
  return files.map((file) => (set === "ui" ? file.slice(0, -4) : `${set}-${file.slice(0, -4)}`));
}

/** The drawing, or null where no source has it: the widget then shows its plain shop icon. */
async function drawing(root, name) {
  const [set, ...rest] = name.split("-");
  const file = set === "ui" ? name : rest.join("-");
  if (!(set in SOURCES)) return null;
  return readFile(join(root, SOURCES[set], `${file}.svg`), "utf8").catch(() => null);
}

function symbol(name, svg) {
  const viewBox = /viewBox="([^"]+)"/.exec(svg)?.[1];
  const inner = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(svg)?.[1];
  if (!viewBox || !inner) throw new Error(`icon ${name} has no viewBox or no drawing`);
  const bare = inner
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<(title|desc|metadata|style)[\s\S]*?<\/\1>/g, "")
    .replace(/\s(id|class|style|fill|stroke|stroke-width|xmlns:\w+)="[^"]*"/g, "")
    .replace(/(&#x[9ad];|\s)+/gi, " ")
    .trim();
  // src/icon.ts reads paths, and nothing else.
  if (!/^(<path d="[^"<&]+"( ?\/>|><\/path>) ?)+$/.test(bare)) throw new Error(`icon ${name} is drawn by more than paths: ${bare}`);
  return `<symbol id="${name}" viewBox="${viewBox}">${bare}</symbol>`;
}
