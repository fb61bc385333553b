// Builds static/build/: the style sheet, the fonts, the icons and the scripts. Run by `npm run build`.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "node_modules");
const source = join(here, "src");
const target = join(here, "build");
const font = "@fontsource/atkinson-hyperlegible-next";

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, "fonts"), { recursive: true });

const { css } = sass.compile(join(source, "hatecase.scss"), {
  loadPaths: [join(here, ".."), modules],
  style: "compressed",
  quietDeps: true,
  silenceDeprecations: ["import"],
});
writeFileSync(join(target, "hatecase.css"), css);

for (const weight of [400, 700]) {
  const name = `atkinson-hyperlegible-next-latin-${weight}-normal.woff2`;
  const extended = `atkinson-hyperlegible-next-latin-ext-${weight}-normal.woff2`;
  cpSync(join(modules, font, "files", name), join(target, "fonts", `text-${weight}.woff2`));
  cpSync(join(modules, font, "files", extended), join(target, "fonts", `text-ext-${weight}.woff2`));
}
cpSync(join(modules, font, "LICENSE"), join(target, "fonts", "LICENSE"));

for (const name of ["configuration.css", "early.js", "hatecase.js", "passkey.js", "poll.js", "redact.js", "shortcuts.js", "stay.js", "upload.js", "icon.svg"]) {
  cpSync(join(source, name), join(target, name));
}
mkdirSync(join(target, "images"));
for (const [, name] of css.matchAll(/url\(images\/([\w-]+\.svg)\)/g)) {
  cpSync(join(modules, "@ministryofjustice", "frontend", "moj", "assets", "images", name), join(target, "images", name));
}
// Source maps are for their authors: without the reference no browser asks for one.
const bare = (path) => readFileSync(path, "utf8").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
const library = join(modules, "govuk-frontend", "dist", "govuk", "govuk-frontend.min.js");
writeFileSync(join(target, "govuk-frontend.min.js"), bare(library));
