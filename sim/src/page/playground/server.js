
// What the server is asked. It knows nothing of this page: each request says all there is to know.

/** How often a request that is refused since too much is asked at once is made again. */
const TRIES = 4;

class Refused extends Error {}

async function answered(response) {
  const body = await response.json().catch(() => ({ error: `the server answers ${response.status}, and not in words` }));
  if (!response.ok) throw new Refused(body.error);
  return body;
}

async function ask(path, options) {
  for (let tries = 1; ; tries += 1) {
    let response;
    try {
      response = await fetch(path, options);
    } catch {
      throw new Refused('zablab serve does not answer. Is it still running?');
    }
    if (response.status !== 503 || tries === TRIES) return answered(response);
    const wait = Number(response.headers.get('retry-after') ?? 1);
    await new Promise((done) => setTimeout(done, wait * 1000));
  }
}

const Server = {
  get: (path) => ask(path),
  post: (path, body) => ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
};

/** A text so that it fits into an address, and back. */
async function packed(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

async function unpacked(text) {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return await new Response(stream).text();
  } catch {
    throw new Refused('The text in the address cannot be unpacked: the link is cut short or altered.');
  }
}

/** An instant in an address, in virtual nanoseconds. */
function nanos(text) {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new Refused(`The address says until=${text}; expected a whole number of nanoseconds.`);
}
