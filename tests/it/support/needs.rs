//! What a test needs from outside. `tests/run` provides it all; where it does
//! not have to, a test says what it leaves out.

/// Tests that use the broker share it; the one that stops it has it alone.
pub static BROKER: tokio::sync::RwLock<()> = tokio::sync::RwLock::const_new(());

/// The value, or `None` with a word on standard error. A failure where
/// everything was promised.
pub fn needs(variable: &str) -> Option<String> {
    match std::env::var(variable) {
        Ok(value) if !value.is_empty() => Some(value),
        _ if std::env::var("HANDOFF_TEST_REQUIRE").as_deref() == Ok("all") => {
            panic!("{variable} is not set, and tests/run promised everything")
        }
        _ => {
            eprintln!("left out: {variable} is not set; tests/run sets it");
            None
        }
    }
}

/// A new, empty database of each kind.
pub async fn databases() -> Vec<Option<String>> {
    let mut all = vec![None];
    if let Some(base) = needs("HANDOFF_TEST_DATABASE_URL") {
        all.push(Some(new_postgres(&base).await));
    }
    all
}

async fn new_postgres(base: &str) -> String {
    use sqlx::Connection;
    let name = format!("handoff_{}", uuid::Uuid::new_v4().simple());
    let mut connection = sqlx::PgConnection::connect(base)
        .await
        .expect("the test database answers");
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create)
        .execute(&mut connection)
        .await
        .expect("its user may create databases");
    let (server, _) = base
        .rsplit_once('/')
        .expect("a database URL ends with its name");
    format!("{server}/{name}")
}
