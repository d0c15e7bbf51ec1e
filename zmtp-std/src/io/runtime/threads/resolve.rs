//! Names are resolved in threads of their own: the system may take seconds for it. A few run at once, while there are names to resolve;
//! a socket that does not want to know any more does not wait for them.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, Weak};

use crate::io::Wake;

/// How many threads there are at most.
const THREADS: usize = 16;

static RESOLVER: Mutex<Resolver> = Mutex::new(Resolver { threads: 0, waiting: VecDeque::new() });

#[derive(Debug)]
struct Resolver {
    threads: usize,
    waiting: VecDeque<Weak<Question>>,
}

#[derive(Debug)]
struct Question {
    name: String,
    port: u16,
    answer: Mutex<Option<io::Result<Vec<SocketAddr>>>>,
    answered: Wake,
}

/// The addresses of a host, as the system knows them.
pub(crate) async fn resolve(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let question = Arc::new(Question {
        name: name.to_owned(),
        port,
        answer: Mutex::default(),
        answered: Wake::default(),
    });
    ask(&question)?;
    loop {
        if let Some(answer) = question.answer.lock().unwrap().take() {
            return answer;
        }
        question.answered.woken().await;
    }
}

fn ask(question: &Arc<Question>) -> io::Result<()> {
    let mut resolver = RESOLVER.lock().unwrap();
    resolver.waiting.push_back(Arc::downgrade(question));
    if resolver.threads == THREADS {
        return Ok(());
    }
    match std::thread::Builder::new().name("zmtp-resolve".to_owned()).spawn(answer_all) {
        Ok(_) => resolver.threads += 1,
        // Those that there are take it over.
        Err(_) if resolver.threads > 0 => {}
        Err(error) => {
            resolver.waiting.pop_back();
            return Err(error);
        }
    }
    Ok(())
}

fn answer_all() {
    while let Some(question) = next() {
        if let Some(question) = question.upgrade() {
            let found = (question.name.as_str(), question.port).to_socket_addrs();
            *question.answer.lock().unwrap() = Some(found.map(Iterator::collect));
            question.answered.wake();
        }
    }
}

/// `None` ends the thread.
fn next() -> Option<Weak<Question>> {
    let mut resolver = RESOLVER.lock().unwrap();
    let next = resolver.waiting.pop_front();
    if next.is_none() {
        resolver.threads -= 1;
    }
    next
}
