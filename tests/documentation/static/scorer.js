// The order of what the search finds. The other weights are those of Sphinx.
// Guides and concepts come first, then the reference; what is for developers comes last.
const PREFERRED = [
  [/^docs\/(start$|howto\/|concepts\/)/, 8],
  [/^docs\/operating\//, 4],
  [/^docs\/reference\/(?!api\/)/, 2],
  [/^docs\/(decisions|contributing)\/|^(CHANGELOG|ARCHITECTURE|CONTRIBUTING)$/, -12],
];

var Scorer = {
  score: ([docname, , , , score]) =>
    score + PREFERRED.reduce((sum, [path, by]) => sum + (path.test(docname) ? by : 0), 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
