//! Real servers and programs, where they are installed. Who does not find one says so and skips.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "what only tests use fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A program that serves on a port of this machine until it is dropped.
pub(crate) struct Server {
    process: Child,
    folder: tempfile::TempDir,
    host: String,
}

impl Server {
    /// Starts a program whose configuration, made for a folder and a host, is in the file that comes last among its arguments.
    pub(crate) fn start(program: &str, arguments: &[&str], configure: impl Fn(&str, &str) -> String) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let host = format!("127.0.0.1:{port}");
        let file = folder.path().join("configuration");
        std::fs::write(&file, configure(folder.path().to_str().unwrap(), &host)).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(program);
        command.args(arguments).arg(&file).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let Ok(process) = command.spawn() else {
            println!("skipped: there is no {program}");
            return None;
        };
        let server = Self { process, folder, host };
        for _ in 0..400 {
            if TcpStream::connect(&server.host).is_ok() {
                return Some(server);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{program} does not answer on {}: {}", server.host, server.log());
    }

    /// Host and port.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The folder that belongs to it.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// All that it has said.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Debian's registry.
pub(crate) struct RealRegistry(Server);

impl RealRegistry {
    /// With more lines of configuration, in which `[FOLDER]` is its folder. Nothing where it is not installed.
    pub(crate) fn start(more: &str) -> Option<Self> {
        Server::start("docker-registry", &["serve"], |folder, host| {
            format!(
                "version: 0.1\nlog: {{level: error, accesslog: {{disabled: false}}}}\nstorage: {{filesystem: {{rootdirectory: {folder}/store}}}}\n\
                 http: {{addr: \"{host}\"}}\n{}",
                more.replace("[FOLDER]", folder)
            )
        })
        .map(Self)
    }

    /// Lets only `reader` with the password `secret` in.
    pub(crate) fn with_users() -> Option<Self> {
        let registry = Self::start("auth: {htpasswd: {realm: charts, path: [FOLDER]/users}}\n")?;
        let users = "reader:$2a$10$ko6PpTwV3F7iuKf1fsTXMeo98L37CQTLpDFzfw52RgpDPcuKW6OOu\n";
        std::fs::write(registry.0.folder().join("users"), users).unwrap();
        Some(registry)
    }

    /// Host and port.
    pub(crate) fn host(&self) -> &str {
        self.0.host()
    }

    /// Method, path and status of the requests that it logged, in their order.
    pub(crate) fn asked(&self) -> Vec<String> {
        let log = self.0.log();
        let lines = log.lines().filter_map(|line| {
            let (request, rest) = line.split_once("] \"")?.1.split_once(" HTTP/1.1\" ")?;
            Some(format!("{request} {}", rest.split(' ').next()?))
        });
        lines.collect()
    }
}

/// The helm that the recordings are from.
pub(crate) fn real_helm() -> Option<PathBuf> {
    let helm = std::env::var_os("HELMLOCK_ORACLE").map(|folder| PathBuf::from(folder).join("helm4"));
    let helm = helm.filter(|helm| helm.is_file());
    if helm.is_none() {
        println!("skipped: there is no helm4 in $HELMLOCK_ORACLE");
    }
    helm
}
