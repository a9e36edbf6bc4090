//! Says which models are bundled: small Python's stands in the repository, but not in the crate, whose size is limited.

fn main() {
    let weights = "python/model.gguf";
    println!("cargo::rustc-check-cfg=cfg(bundled_python)");
    println!("cargo::rerun-if-changed={weights}");
    if std::path::Path::new(weights).exists() {
        println!("cargo::rustc-cfg=bundled_python");
    }
}
