//! What a log shows of settings and files, and the machine would not do by itself.

use super::World;
use crate::conform::replay::context::Context;
use std::sync::Arc;
use zablab_protocol::{Snapshot, SnapshotFile, Zxid};

/// No setting is larger, ms or ticks.
const MOST_SET: u64 = 1_000_000_000;

impl World {
    /// A setting that the log names.
    pub(crate) fn set(&mut self, key: &str, value: i64) {
        let mut config = (*self.config).clone();
        let settings = &mut config.settings;
        let number = u64::try_from(value).unwrap_or(0).min(MOST_SET);
        match key {
            "tickTime" => settings.tick_time = number,
            "initLimit" => settings.init_limit = number,
            "syncLimit" => settings.sync_limit = number,
            "connectToLearnerMasterLimit" => settings.connect_to_learner_master_limit = number,
            "commitLogCount" => settings.commit_log_count = usize::try_from(value).unwrap_or(500),
            "snapshotSizeFactor" => settings.snapshot_size_factor = value,
            "minNotificationInterval" => settings.min_notification_interval = number,
            "maxNotificationInterval" => settings.max_notification_interval = number,
            "maxTimeToWaitForEpoch" => settings.max_time_to_wait_for_epoch = u64::try_from(value).ok(),
            _ => return,
        }
        if config != *self.config {
            self.config = Arc::new(config);
        }
    }

    /// The log writer has rolled the log, and a thread of its own takes a snapshot: when, is drawn.
    pub(crate) fn snapshot_thread(&mut self, zxid: Zxid) -> Result<(), String> {
        if zxid > self.processed() {
            return Err(format!("the model has applied {}, no more", self.processed()));
        }
        self.rolls -= 1;
        let snapshot = Snapshot { zxid, whole_from: zxid, ..Snapshot::default() };
        self.disk.add_snapshot(SnapshotFile { snapshot: Arc::new(snapshot), from_leader: false });
        Ok(())
    }

    /// The next file of the log begins with this record: after a start or a cut, or because the writer has rolled it.
    pub(crate) fn begins_file(&mut self, zxid: Zxid, context: &Context<'_>) -> Result<(), String> {
        if self.new_file.is_none() && self.disk.log.files().is_empty() {
            self.log_up_to(zxid, context)?;
        }
        if let Some(model) = self.new_file.take() {
            return match model == zxid {
                true => Ok(()),
                false => Err(format!("the model's new file of the log begins with {model}")),
            };
        }
        let before = Zxid(zxid.0.saturating_sub(1));
        if self.disk.log.last() == Some(zxid)
            && self.disk.log.files().last().is_some_and(|file| file.name != zxid)
        {
            // It was logged before the line of its file was seen.
            let cut = self.disk.log.truncate(before);
            cut.into_iter().for_each(|txn| self.disk.log.append(txn));
            self.rolls += 1;
            return if self.rolls > 1 { Err("no snapshot was taken".to_owned()) } else { Ok(()) };
        }
        if before > self.position() && !before.is_new_epoch() {
            self.log_up_to(before, context)?;
        }
        if self.log_failed && self.position() >= zxid {
            self.disk.truncate(before);
            self.log_failed = false;
        }
        if self.disk.log.last().is_some_and(|last| last >= zxid) {
            return Err(format!("the model has {} in its log, in the file before", self.position()));
        }
        let rolled = self.disk.log.is_rolled();
        if !rolled {
            self.disk.log.roll();
            self.rolls += 1;
            if self.rolls > 1 {
                return Err("the model's log writer begins no new file: no snapshot was taken".to_owned());
            }
        }
        self.log_up_to(zxid, context)?;
        match self.new_file.take() {
            Some(model) if model == zxid => Ok(()),
            Some(model) => Err(format!("the model's new file of the log begins with {model}")),
            None => Err("the model begins no new file of the log".to_owned()),
        }
    }
}
