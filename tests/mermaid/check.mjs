// Asks Mermaid's own parser about diagrams: node check.mjs FILE...
// It ends with 1 where one is refused, and tries itself first: broken diagrams must be refused, too.

import { readFileSync } from 'node:fs';
import DOMPurify from 'dompurify';
import mermaid from 'mermaid';

// It cleans texts for a page, and needs one; here they are only read.
DOMPurify.addHook = () => {};
DOMPurify.sanitize = (text) => text;

// What a page draws nothing above: mermaid's own default of maxTextSize.
const LONGEST = 50_000;

// Why a text is no sequence diagram that is drawn; null where it is one.
async function refusal(text) {
  if (text.length >= LONGEST) return `has ${text.length} characters; nothing is drawn from ${LONGEST} on`;
  try {
    const { diagramType } = await mermaid.parse(text);
    return diagramType === 'sequence' ? null : `is read as ${diagramType}`;
  } catch (error) {
    return error.message;
  }
}

// What the parser has read: the words of each message and note, which an escape that is missing would cut off. What begins
// and ends a block comes from nobody.
async function words(text) {
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const said = db.getMessages().filter((said) => said.from !== undefined && typeof said.message === 'string');
  return said.map((said) => said.message);
}

const GOOD = 'sequenceDiagram\n participant zk1 as zk1\n participant zk2 as zk2\n zk1->>zk2: a#59; b\n';
const BROKEN = [
  GOOD + ' zk1->>zk2\n',
  GOOD + ' end\n',
  GOOD + ' loop 3 times\n zk1->>zk2: a\n',
  GOOD + ' end->>zk1: a\n',
  GOOD + ' Note over: a\n',
  'flowchart TD\n a --> b\n',
  GOOD + ' zk1->>zk2: a\n'.repeat(4000),
];

const wrong = [];
if ((await refusal(GOOD)) !== null) wrong.push(`a good diagram is refused: ${await refusal(GOOD)}`);
for (const broken of BROKEN) {
  if ((await refusal(broken)) === null) wrong.push(`a broken diagram is taken:\n${broken.slice(0, 300)}`);
}
const cut = await words(GOOD + ' zk1->>zk2: one #2 three\n');
if (cut.includes('one #2 three')) wrong.push('an escape that is missing is not noticed');

const files = process.argv.slice(2);
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const why = await refusal(text);
  if (why !== null) {
    wrong.push(`${file}: ${why}`);
    continue;
  }
  const written = text.split('\n').filter((line) => /^ *Note over |^ *[^ ]+(->>|-x|-\))[^ ]+: /.test(line));
  const read = await words(text);
  if (read.length !== written.length) wrong.push(`${file}: ${written.length} lines are read as ${read.length}`);
  written.forEach((line, place) => {
    const said = line.slice(line.indexOf(': ') + 2).trim();
    if (unescaped(read[place]) !== unescaped(said)) wrong.push(`${file}: "${said}" is read as "${read[place]}"`);
  });
}

// Signs that are written as numbers; the parser has them in a form of its own.
function unescaped(text) {
  return (text ?? '').replace(/ﬂ°°(\d+)¶ß|#(\d+);/g, (_, one, other) => String.fromCharCode(Number(one ?? other)));
}

for (const what of wrong) console.error(what);
if (files.length === 0) wrong.push(console.error('no files are given'));
if (wrong.length > 0) process.exit(1);
console.log(`Mermaid reads ${files.length} diagrams as they were meant.`);
