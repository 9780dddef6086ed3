// Bundle src/ into dist/: one script, one style sheet, one icon, all named by their content, and
// an index.html that points at them. Same input, same bytes.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const assets = join(dist, "assets");

/** What a page may weigh before someone has to explain why, in bytes, minified and uncompressed. */
const BUDGET_BYTES = { ".js": 80_000, ".css": 40_000 };

await rm(dist, { recursive: true, force: true });
await mkdir(assets, { recursive: true });

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { main: "src/main.ts", style: "src/style/main.css" },
  outdir: "dist/assets",
  entryNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  legalComments: "none",
  metafile: true,
});

const outputs = Object.entries(metafile.outputs);
for (const [path, { bytes }] of outputs) {
  const limit = BUDGET_BYTES[path.slice(path.lastIndexOf("."))];
  if (limit !== undefined && bytes > limit) {
    throw new Error(`${basename(path)} is ${bytes} bytes, its budget is ${limit}: make it smaller`);
  }
  console.log(`${basename(path)}  ${bytes} bytes`);
}

const named = (extension) => basename(outputs.find(([path]) => path.endsWith(extension))[0]);

const icon = join(root, "src", "favicon.svg");
const digest = createHash("sha256")
  .update(await readFile(icon))
  .digest("hex")
  .slice(0, 8);
const iconName = `favicon-${digest}.svg`;
await copyFile(icon, join(assets, iconName));

const page = (await readFile(join(root, "index.html"), "utf8"))
  .replace("%SCRIPT%", `/assets/${named(".js")}`)
  .replace("%STYLE%", `/assets/${named(".css")}`)
  .replace("%ICON%", `/assets/${iconName}`);
await writeFile(join(dist, "index.html"), page);
