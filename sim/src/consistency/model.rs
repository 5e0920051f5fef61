//! What a history is held against.

use serde_json::Value;
use std::fmt;

/// What a history is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// A register a key: `read`, `write`, `cas`. Linearizable.
    Register,
    /// A text a key: `get`, `put`, `append`, `cas`. Linearizable.
    Kv,
    /// A set a key: `add`, `remove`, `contains`, and `read` of all its elements. Linearizable.
    Set,
    /// ZooKeeper's four promises; it is not linearizable.
    Zookeeper,
}

impl Model {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Model::Register => "register",
            Model::Kv => "kv",
            Model::Set => "set",
            Model::Zookeeper => "zookeeper",
        }
    }

    /// What is there before any operation, where nobody says otherwise.
    pub fn initial(self) -> Value {
        match self {
            Model::Register | Model::Zookeeper => Value::Null,
            Model::Kv => "".into(),
            Model::Set => Value::Array(Vec::new()),
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
