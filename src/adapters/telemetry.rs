//! Traces and logs. One trace runs from the message's `traceparent` to the
//! download; every log line carries its trace id. Nothing here ever sees a
//! body, a name, a token or a URL that holds one.

use anyhow::Context as _;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use opentelemetry_sdk::{Resource, runtime};
use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// How log lines are written to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line, for collectors.
    Json,
    /// For people at a terminal.
    Text,
}

/// What `serve` writes unless `HANDOFF_LOG` says otherwise. Libraries may print
/// what they carry: only warnings of theirs, of those that see payloads only
/// errors, and of lapin none: what it meets comes back as an error of ours.
pub const SERVING: &str =
    "warn,handoff=info,sqlx=error,hyper=error,aws=error,lapin=off,opentelemetry=error";
/// What commands for people write.
pub const QUIET: &str = "error,lapin=off";

/// Flushes what is still to be exported when it goes out of scope.
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// OTLP over HTTP when `OTEL_EXPORTER_OTLP_ENDPOINT` (or its traces twin)
    /// is set; trace ids in the logs either way.
    pub fn install(format: LogFormat, level: &str) -> anyhow::Result<Self> {
        let wanted = [
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        ];
        let builder = SdkTracerProvider::builder().with_resource(resource());
        let builder = if wanted.iter().any(|name| std::env::var_os(name).is_some()) {
            let exporter = opentelemetry_otlp::SpanExporter::builder()
                .with_http()
                .build();
            let exporter = exporter.context("setting up the OTLP exporter")?;
            builder
                .with_span_processor(BatchSpanProcessor::builder(exporter, runtime::Tokio).build())
        } else {
            builder
        };
        let provider = builder.build();
        let subscriber = subscriber(&provider, format, level, std::io::stderr);
        tracing::subscriber::set_global_default(subscriber)
            .context("installing the log subscriber")?;
        Ok(Self {
            provider: Some(provider),
        })
    }

    /// Exports what is pending; a collector that is away costs a few seconds.
    pub async fn flush(mut self) {
        let Some(provider) = self.provider.take() else {
            return;
        };
        // Nobody is left to tell.
        let _ = tokio::task::spawn_blocking(move || provider.shutdown()).await;
    }
}

/// Spans and log lines kept in memory: what a test searches for things that
/// must not be there.
#[derive(Clone, Default)]
pub struct Captured {
    pub spans: InMemorySpanExporter,
    logs: Arc<Mutex<Vec<u8>>>,
}

impl Captured {
    /// A subscriber for `tracing::subscriber::with_default` and its like.
    pub fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
        let builder = SdkTracerProvider::builder().with_resource(resource());
        let provider = builder.with_simple_exporter(self.spans.clone()).build();
        subscriber(&provider, LogFormat::Json, SERVING, self.clone())
    }

    pub fn logs(&self) -> String {
        let bytes = self
            .logs
            .lock()
            .map(|bytes| bytes.clone())
            .unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Captured;

    fn make_writer(&'a self) -> Captured {
        self.clone()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Ok(mut logs) = self.logs.lock() {
            logs.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn resource() -> Resource {
    Resource::builder().with_service_name("handoff").build()
}

fn subscriber<W>(
    provider: &SdkTracerProvider,
    format: LogFormat,
    level: &str,
    writer: W,
) -> impl tracing::Subscriber + Send + Sync + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("handoff"));
    let filter = EnvFilter::try_from_env("HANDOFF_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match format {
        LogFormat::Json => lines.event_format(TracedJson).boxed(),
        LogFormat::Text => {
            let ansi = std::io::stderr().is_terminal();
            lines.with_target(false).with_ansi(ansi).compact().boxed()
        }
    };
    let ours = EnvFilter::new("off,handoff=info");
    Registry::default()
        .with(traces.with_filter(ours))
        .with(lines.with_filter(filter))
}

/// JSON lines with the trace's id, so that a line finds its trace.
struct TracedJson;

impl<S, N> tracing_subscriber::fmt::FormatEvent<S, N> for TracedJson
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    N: for<'a> tracing_subscriber::fmt::FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &tracing_subscriber::fmt::FmtContext<'_, S, N>,
        mut writer: tracing_subscriber::fmt::format::Writer<'_>,
        event: &tracing::Event<'_>,
    ) -> std::fmt::Result {
        let mut line = serde_json::Map::new();
        line.insert("time".into(), jiff::Timestamp::now().to_string().into());
        line.insert("level".into(), event.metadata().level().as_str().into());
        line.insert("target".into(), event.metadata().target().into());
        if let Some(id) = trace_id() {
            line.insert("trace_id".into(), id.into());
        }
        event.record(&mut Fields(&mut line));
        writeln!(writer, "{}", serde_json::Value::Object(line))
    }
}

struct Fields<'a>(&'a mut serde_json::Map<String, serde_json::Value>);

impl tracing::field::Visit for Fields<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0
            .insert(field.name().into(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_i64(&mut self, field: &tracing::field::Field, value: i64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_u64(&mut self, field: &tracing::field::Field, value: u64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_bool(&mut self, field: &tracing::field::Field, value: bool) {
        self.0.insert(field.name().into(), value.into());
    }
}

fn trace_id() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| span.trace_id().to_string())
}

struct Carrier(HashMap<String, String>);

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }
}

/// Whether a header from outside has the form of a `traceparent`: only such a
/// one is kept and passed on.
pub fn is_trace_parent(text: &str) -> bool {
    text.len() == 55
        && text
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Continues the trace a W3C `traceparent` names; a malformed one begins a new
/// trace, as the recommendation asks.
pub fn continue_trace(span: &Span, trace_parent: Option<&str>) {
    let Some(trace_parent) = trace_parent else {
        return;
    };
    let carrier = Carrier(HashMap::from([(
        "traceparent".to_owned(),
        trace_parent.to_owned(),
    )]));
    let context = TraceContextPropagator::new().extract(&carrier);
    // It fails only where no trace layer listens.
    let _ = span.set_parent(context);
}

/// The current span as a `traceparent`, to be continued later.
pub fn current_trace_parent() -> Option<String> {
    let mut carrier = Carrier(HashMap::new());
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.0.remove("traceparent")
}
