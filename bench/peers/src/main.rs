//! static-web-server as its own program starts it: settings from the command line and the file that
//! it names, then the server until it is told to end.

use static_web_server::settings::cli_output::display_version;
use static_web_server::{Result, Server, Settings};

fn main() -> Result {
    let settings = Settings::get(true)?;
    if settings.general.version {
        return display_version();
    }
    Server::new(settings)?.run_standalone(None)
}
