//! What a step works with besides the machine's own state: the disk to read, the effects to add to.

use crate::decision::Decision;
use crate::ids::{ConnId, Millis, Port, Sid};
use crate::input::{Task, Timer, Work};
use crate::output::Output;
use crate::packet::Packet;
use crate::storage::{DiskOp, Storage, Writer};

pub(crate) struct Io<'a> {
    pub(crate) disk: &'a Storage,
    /// The server's own clock.
    pub(crate) now: Millis,
    pub(crate) out: &'a mut Vec<Output>,
}

impl Io<'_> {
    pub(crate) fn send(&mut self, conn: ConnId, packet: Packet) {
        self.out.push(Output::Send { conn, packet });
    }

    pub(crate) fn connect(&mut self, port: Port, to: Sid) {
        self.out.push(Output::Connect { port, to });
    }

    pub(crate) fn close(&mut self, conn: ConnId) {
        self.out.push(Output::Close { conn });
    }

    pub(crate) fn set(&mut self, timer: Timer, after: Millis) {
        self.out.push(Output::SetTimer { timer, after });
    }

    pub(crate) fn cancel(&mut self, timer: Timer) {
        self.out.push(Output::CancelTimer(timer));
    }

    pub(crate) fn write(&mut self, op: DiskOp) {
        self.out.push(Output::Disk { writer: Writer::Main, op });
    }

    pub(crate) fn wake(&mut self, task: Task, work: Work) {
        self.out.push(Output::Wake { task, work });
    }

    pub(crate) fn decide(&mut self, decision: Decision) {
        self.out.push(Output::Decided(decision));
    }
}
