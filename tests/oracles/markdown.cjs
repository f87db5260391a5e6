// Renders Markdown as EHRs would: one JSON list of texts on stdin, one list of {renderer: html} on stdout.
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const { marked } = require("marked");
const markdownIt = require("markdown-it");
const showdown = require("showdown");
const linkify = markdownIt({ html: true, linkify: true, typographer: true });
const down = new showdown.Converter({ simplifiedAutoLink: true, tables: true, strikethrough: true, openLinksInNewWindow: true });
down.setFlavor("github");
const renderers = {
  marked: (text) => marked.parse(text, { gfm: true, breaks: true }),
  "marked, one line": (text) => marked.parseInline(text, { gfm: true }),
  "markdown-it with linkify": (text) => linkify.render(text),
  showdown: (text) => down.makeHtml(text),
};
const each = (text) => Object.fromEntries(Object.entries(renderers).map(([name, render]) => [name, render(text)]));
process.stdout.write(JSON.stringify(texts.map(each)));
