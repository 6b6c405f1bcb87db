//! DynamoDB in this process.

use std::{net::SocketAddr, path::Path, sync::Arc};

use dynoxide::{Database, server, storage_backend, types};
use loop_core::Clock;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// The keys and the TTL attribute of the table in `template.yaml`. Every test of the store fails
/// with other names.
const PARTITION_KEY: &str = "pk";
const SORT_KEY: &str = "sk";
/// The attribute by which items are deleted.
pub const TTL: &str = "ttl";

/// dynoxide behind its HTTP interface, on an ephemeral port of 127.0.0.1 unless told otherwise.
///
/// It differs from DynamoDB in points that matter to tests of faults: it never throttles and never
/// fails (`WireRecorder` of `loop-testkit` in front does), does not check signatures, and keeps
/// expired items until it is told to delete them, which our code has to expect of DynamoDB too.
///
/// With a file, it keeps every acknowledged write even when the process is killed, because it
/// commits the write to SQLite's write-ahead log before it responds. SQLite's default
/// (`synchronous = FULL`) covers a power failure too.
#[derive(Debug)]
pub struct EmbeddedDynamoDb {
    database: DatabaseHandle,
    address: SocketAddr,
    // Dropping the sender stops the server, as sending does.
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), String>>,
}

impl EmbeddedDynamoDb {
    /// Starts the database: in memory, or with the content of `file`, which is created if it does
    /// not exist. SQLite puts two more files beside it while it runs.
    ///
    /// # Errors
    /// The file is not a database, or cannot be opened.
    pub async fn start(file: Option<&Path>) -> Result<Self, String> {
        let database = match file {
            None => Database::memory(),
            Some(file) => Database::new(file.to_str().ok_or("the file name is not UTF-8")?),
        };
        Self::serve_locally(database.map_err(|error| error.to_string())?).await
    }

    /// Starts the database in memory behind `listener`. Whoever reaches it can read and write
    /// everything, since signatures are not checked.
    ///
    /// # Errors
    /// The listener has no address.
    pub fn start_on(listener: TcpListener) -> Result<Self, String> {
        Self::serve(Database::memory().map_err(|error| error.to_string())?, listener)
    }

    /// Starts the database in memory, with `clock` for the time:
    /// [`delete_expired`](Self::delete_expired) then deletes the items that are over by that clock.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start_with_clock(clock: Clock) -> Result<Self, String> {
        let database = Database::memory_with_clock(Arc::new(TableClock(clock)));
        Self::serve_locally(database.map_err(|error| error.to_string())?).await
    }

    async fn serve_locally(database: Database) -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
        Self::serve(database, listener)
    }

    fn serve(database: Database, listener: TcpListener) -> Result<Self, String> {
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let task = tokio::spawn(server::serve_with_shutdown(listener, database.clone(), shutdown));
        Ok(Self { database: DatabaseHandle(database), address, stop, task })
    }

    /// Returns the value of `AWS_ENDPOINT_URL_DYNAMODB`.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Creates the table as `template.yaml` does: two text keys, billed by request, TTL enabled. A
    /// table that exists stays as it is, and a table whose creation was interrupted is completed.
    ///
    /// # Errors
    /// The name is not one that DynamoDB allows, or the file can't be written.
    pub fn create_table(&self, name: &str) -> Result<(), String> {
        let database = &self.database.0;
        match self.table_state(name)? {
            TableState::Whole => {}
            TableState::Missing => self.create_missing_table(name)?,
            TableState::WithoutItems => {
                let delete = json!({ "TableName": name });
                database.delete_table(request(delete)).map_err(|error| error.to_string())?;
                self.create_missing_table(name)?;
            }
        }
        let expire = json!({
            "TableName": name,
            "TimeToLiveSpecification": { "AttributeName": TTL, "Enabled": true },
        });
        database.update_time_to_live(request(expire)).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Returns how far the table was created: dynoxide records the table, commits, and only then
    /// creates the place for its items.
    fn table_state(&self, name: &str) -> Result<TableState, String> {
        let database = &self.database.0;
        if database.describe_table(request(json!({ "TableName": name }))).is_err() {
            return Ok(TableState::Missing);
        }
        match database.scan(request(json!({ "TableName": name, "Limit": 1 }))) {
            Ok(_) => Ok(TableState::Whole),
            // Only this error of SQLite means that there is no place for items: a table that cannot
            // be read for another reason may hold items.
            Err(error) if error.to_string().contains("no such table") => {
                Ok(TableState::WithoutItems)
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn create_missing_table(&self, name: &str) -> Result<(), String> {
        let created = self.database.0.create_table(request(table_definition(name)));
        created.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Returns all items of a table in DynamoDB's JSON (`{"pk": {"S": "…"}, …}`), unordered.
    pub fn items(&self, table: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut scan = json!({ "TableName": table });
        loop {
            let page = self.database.0.scan(request(scan.clone())).expect("the table is there");
            let mut page = serde_json::to_value(page).expect("responses are JSON");
            let found = page["Items"].take();
            items.extend(found.as_array().cloned().unwrap_or_default());
            match page["LastEvaluatedKey"].take() {
                Value::Null => return items,
                key => scan["ExclusiveStartKey"] = key,
            }
        }
    }

    /// Stores an item in DynamoDB's JSON as it is, and replaces the item with the same key.
    pub fn put_item(&self, table: &str, item: Value) {
        let put = json!({ "TableName": table, "Item": item });
        self.database.0.put_item(request(put)).expect("the item is valid and the table is there");
    }

    /// Deletes the items that are over by their TTL attribute, as DynamoDB does some time later,
    /// and returns their number. The time is that of the clock given at the start, or the real
    /// time.
    pub fn delete_expired(&self) -> usize {
        self.database.0.sweep_ttl().expect("the database can be written")
    }

    /// Stops accepting requests, lets running ones finish, and closes the file. Dropping does the
    /// same, but does not wait for it.
    pub async fn stop(self) {
        let Self { database, stop, task, .. } = self;
        drop(database);
        drop(stop);
        let _ = task.await;
    }
}

/// Returns the request that creates the table as `template.yaml` does, without its TTL, which takes
/// another request.
pub fn table_definition(name: &str) -> Value {
    json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [
            { "AttributeName": PARTITION_KEY, "KeyType": "HASH" },
            { "AttributeName": SORT_KEY, "KeyType": "RANGE" },
        ],
        "AttributeDefinitions": [
            { "AttributeName": PARTITION_KEY, "AttributeType": "S" },
            { "AttributeName": SORT_KEY, "AttributeType": "S" },
        ],
    })
}

/// Returns the size of an item in bytes as DynamoDB counts it: names and values in UTF-8, numbers
/// with two digits in a byte, and the overhead of maps and lists
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>).
/// A write is billed for each 1,024 bytes of it that have begun, a strongly consistent read for
/// each 4,096 bytes of all that it reads.
pub fn item_size(item: &Value) -> usize {
    types::item_size(&request(item.clone()))
}

/// The clock of a test, in the form that dynoxide asks for.
struct TableClock(Clock);

impl storage_backend::Clock for TableClock {
    fn now_unix_secs(&self) -> u64 {
        self.0.now().seconds().get()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        std::time::Duration::from_millis(self.0.now().get()).as_secs_f64()
    }
}

/// The stages of the creation of a table.
enum TableState {
    Missing,
    /// The table is known by name, and has no place for items.
    WithoutItems,
    /// The table is complete, except that TTL may not be enabled.
    Whole,
}

/// A database with a `Debug`, which `Database` lacks.
struct DatabaseHandle(Database);

impl std::fmt::Debug for DatabaseHandle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Database")
    }
}

fn request<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("requests are written here as DynamoDB has them")
}
