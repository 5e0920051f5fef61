//! HTTP: who is heard, for how long, and how an answer looks.

use super::api::{self, Given, WORKS};
use super::assets;
use super::crew::Crew;
use super::guard;
use super::refusal::Refusal;
use super::writing::Writing;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Bounds on what is asked.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; more of them wait to be accepted.
    pub connections: usize,
    /// Runs at once.
    pub running: usize,
    /// Requests that wait for their run.
    pub waiting: usize,
    /// The bytes of a body.
    pub body: usize,
    /// How long a client may take to send a request.
    pub patience: Duration,
    /// How long a client may go on reading nothing of what it is sent.
    pub unread: Duration,
    /// How long a run may take.
    pub run: Duration,
    /// How long a connection may last.
    pub connection: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 64,
            running: 2,
            waiting: 16,
            body: 65_536,
            patience: Duration::from_secs(10),
            unread: Duration::from_secs(10),
            run: Duration::from_secs(20),
            connection: Duration::from_secs(600),
        }
    }
}

/// What all connections share; none of it is about a run.
#[derive(Clone, Debug)]
struct Shared {
    given: Option<Arc<Given>>,
    crew: Crew,
    limits: Limits,
}

/// How often it is asked whether to end.
const HEED: Duration = Duration::from_millis(50);

/// Answers until the flag is set. `given` is the scenario that the page begins with.
pub fn serve(
    listener: TcpListener,
    given: Option<Given>,
    limits: Limits,
    stop: &AtomicBool,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(limits.running + 1)
        .build()?;
    let crew = Crew::new(limits.running, limits.waiting, limits.run);
    let shared = Shared { given: given.map(Arc::new), crew, limits };
    let served = runtime.block_on(accept(listener, shared, stop));
    // What still runs is told to end; nobody waits for it.
    runtime.shutdown_timeout(Duration::from_secs(1));
    served
}

async fn accept(listener: TcpListener, shared: Shared, stop: &AtomicBool) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let room = Arc::new(Semaphore::new(shared.limits.connections));
    let mut place = None;
    while !stop.load(Ordering::Relaxed) {
        if place.is_none() {
            let found = tokio::time::timeout(HEED, room.clone().acquire_owned()).await;
            // It is never closed: there is a place, or the time was over.
            let Ok(Ok(found)) = found else { continue };
            place = Some(found);
        }
        let (stream, from) = match tokio::time::timeout(HEED, listener.accept()).await {
            Ok(Ok(accepted)) => accepted,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(HEED).await;
                continue;
            }
            Err(_) => continue,
        };
        let Ok(local) = stream.local_addr() else { continue };
        let (shared, place) = (shared.clone(), place.take());
        tokio::spawn(async move {
            tracing::debug!(%from, "connected");
            converse(stream, local, shared).await;
            drop(place);
        });
    }
    Ok(())
}

/// One connection, from its first request to its last.
async fn converse(stream: tokio::net::TcpStream, local: SocketAddr, shared: Shared) {
    let limits = shared.limits;
    let service = service_fn(move |request| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(respond(request, local, shared).await) }
    });
    let talk = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.patience)
        .max_buf_size(65_536)
        .serve_connection(TokioIo::new(Writing::new(stream, limits.unread)), service);
    match tokio::time::timeout(limits.connection, talk).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection ended"),
        Err(_) => tracing::debug!("a connection lasted too long"),
    }
}

async fn respond(request: Request<Incoming>, local: SocketAddr, shared: Shared) -> Response<Full<Bytes>> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answer = answer(request, local, shared).await;
    let response = answer.unwrap_or_else(refused);
    tracing::info!(%method, path, status = response.status().as_u16(), "answered");
    response
}

/// What is asked, and what it comes to.
async fn answer(
    request: Request<Incoming>,
    local: SocketAddr,
    shared: Shared,
) -> Result<Response<Full<Bytes>>, Refusal> {
    guard::check(request.method(), request.headers(), local)?;
    let path = request.uri().path().to_owned();
    let query = request.uri().query().map(str::to_owned);
    if let Some((_, work)) = WORKS.iter().find(|(known, _)| *known == path) {
        if request.method() != Method::POST {
            return Err(not_understood(request.method(), "POST"));
        }
        let body = body(request, shared.limits).await?;
        let bytes = shared.crew.work(move |stop| work(&body, &stop).map(|value| value.to_string())).await??;
        return Ok(response(StatusCode::OK, "application/json", bytes.into()));
    }
    if let Some(asset) = assets::find(&path) {
        reading(request.method())?;
        return Ok(response(StatusCode::OK, asset.kind, asset.text.clone()));
    }
    let given = shared.given.as_deref();
    let value = match path.strip_prefix("/scenario/") {
        Some(name) => {
            reading(request.method())?;
            let name = percent_decode_str(name).decode_utf8_lossy();
            api::scenario(&name, query.as_deref(), given)?
        }
        None if path == "/lessons" => {
            reading(request.method())?;
            api::lessons(given)
        }
        None => return Err(Refusal::new(StatusCode::NOT_FOUND, format!("there is nothing at {path}"))),
    };
    Ok(of_json(StatusCode::OK, &value))
}

/// What is read is answered to HEAD as to GET; hyper leaves the body out.
fn reading(method: &Method) -> Result<(), Refusal> {
    if [Method::GET, Method::HEAD].contains(method) {
        return Ok(());
    }
    Err(not_understood(method, "GET, HEAD"))
}

fn not_understood(method: &Method, allow: &'static str) -> Refusal {
    let error = format!("{method} is not understood here; expected {allow}");
    Refusal { status: StatusCode::METHOD_NOT_ALLOWED, error, allow: Some(allow) }
}

async fn body(request: Request<Incoming>, limits: Limits) -> Result<Bytes, Refusal> {
    let read = Limited::new(request.into_body(), limits.body).collect();
    match tokio::time::timeout(limits.patience, read).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is too large; the most is {} bytes", limits.body),
        )),
        Ok(Err(error)) => Err(Refusal::bad(format!("the body cannot be read: {error}"))),
        Err(_) => Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
    }
}

fn of_json(status: StatusCode, value: &Value) -> Response<Full<Bytes>> {
    response(status, "application/json", value.to_string().into())
}

fn refused(Refusal { status, error, allow }: Refusal) -> Response<Full<Bytes>> {
    let mut response = of_json(status, &json!({"error": error}));
    let headers = response.headers_mut();
    if let Some(allow) = allow {
        headers.insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    // What was not read of the request cannot be told from the next one.
    if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The page loads nothing but its own parts, is shown in no other page, and is kept by nobody.
const HEADERS: &[(header::HeaderName, &str)] = &[
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
];

fn response(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    for (name, value) in HEADERS {
        headers.insert(name.clone(), HeaderValue::from_static(value));
    }
    let own = HeaderValue::from_static("same-origin");
    headers.insert("cross-origin-resource-policy", own.clone());
    headers.insert("cross-origin-opener-policy", own);
    response
}
