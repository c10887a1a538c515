//! What is scored and with what: runs the scripts beside this program, once, and keeps the results in the user's
//! cache.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail, ensure};

/// What `tl2cgen` needs, which is not among the packages of the tests.
const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// Files of the benchmark.
pub struct Files {
    folder: PathBuf,
    /// XGBoost's library, inside of the wheel.
    pub xgboost: PathBuf,
}

impl Files {
    /// Trains the models and writes the rows, unless that was done.
    ///
    /// # Errors
    /// When there is no Python with XGBoost, or the script fails.
    pub fn prepare(python: Option<String>) -> anyhow::Result<Self> {
        let cache = cache()?;
        let python =
            match python.map(PathBuf::from).or_else(|| env::var_os("MITRA_PYTHON").map(PathBuf::from)) {
                Some(python) => python,
                None => cache.join("python/bin/python"),
            };
        let folder = cache.join("bench-trees");
        eprintln!("training, unless that was done before; the first time takes minutes");
        run(Command::new(&python).arg(script("train.py")).arg(&folder)).with_context(
            || "run `cargo xtask setup` for a Python with XGBoost, or name one in MITRA_PYTHON",
        )?;
        let xgboost =
            fs::read_to_string(folder.join("libxgboost.txt")).context("train.py names the library")?;
        Ok(Self { folder, xgboost: xgboost.into() })
    }

    /// Where the rows are.
    pub fn rows(&self) -> PathBuf {
        self.folder.join("rows.f32")
    }

    /// The model of `trees` trees.
    pub fn model(&self, trees: usize) -> PathBuf {
        self.folder.join(format!("trees_{trees}.json"))
    }

    /// The same as a library made by `tl2cgen`, or why there is none.
    ///
    /// # Errors
    /// When the packages or a C compiler cannot be had.
    pub fn compiled(&self, trees: usize) -> anyhow::Result<PathBuf> {
        let library = self.folder.join(format!("trees_{trees}.so"));
        let model = self.model(trees);
        let made = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        if made(&library) < made(&model) {
            let python = self.python_of_tl2cgen()?;
            eprintln!("compiling {trees} trees with tl2cgen");
            run(Command::new(python).arg(script("compile.py")).arg(model).arg(&library))?;
        }
        Ok(library)
    }

    /// An environment with `tl2cgen`. The stamp is written last, so that an interrupted run is repeated.
    fn python_of_tl2cgen(&self) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join("python");
        let (python, stamp) = (folder.join("bin/python"), folder.join("stamp.txt"));
        if fs::read_to_string(&stamp).is_ok_and(|text| text == REQUIREMENTS) {
            return Ok(python);
        }
        eprintln!("installing tl2cgen");
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        run(install.args(["--only-binary=:all:", "--requirement"]).arg(script("requirements.txt")))?;
        fs::write(stamp, REQUIREMENTS).context("cannot stamp the environment")?;
        Ok(python)
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The folder of everything that is kept between runs.
fn cache() -> anyhow::Result<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let cache = cache.or_else(|| env::home_dir().map(|home| home.join(".cache")));
    Ok(cache.context("set HOME or XDG_CACHE_HOME")?.join("mitra"))
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// What the numbers were measured on.
///
/// # Errors
/// When the number of cores is not to be had.
pub fn machine() -> anyhow::Result<String> {
    let cores = std::thread::available_parallelism()?;
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": processor unknown");
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    ensure!(!name.is_empty(), "the processor has a name");
    Ok(format!("{}, {cores} cores, load {load}", name.trim_start_matches([' ', '\t', ':'])))
}
