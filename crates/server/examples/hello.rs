//! Try: `cargo run -p avocet-server --example hello`, then `curl -i http://127.0.0.1:8080/`.
//!
//! The smallest server: one handler, on the loop, for one path. Everything else is a 404, and
//! limits and deadlines are the defaults. Another address can be given as argument.

use std::error::Error;

use avocet_server::service::{Incoming, Reply, RequestHead, Response};
use avocet_server::{Method, MethodSet, Router, Server, Status};

fn hello(_head: &RequestHead<'_>, _body: Option<Incoming>) -> Reply {
    Response::text(Status::OK, "hello\n").into()
}

fn main() -> Result<(), Box<dyn Error>> {
    let addr = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let router = Router::new().route(MethodSet::EMPTY.with(Method::Get), "/", hello);
    let running = Server::builder(router).listen(addr.parse()?).bind()?.start()?;
    #[expect(clippy::print_stdout, reason = "a program says where it listens")]
    {
        println!("listening on {}", running.addrs()[0]);
    }
    running.join()?;
    Ok(())
}
