//! `helmlock.toml`'s variants: what the lock must cover where environments alone do not say it.

use crate::support::{Dir, Registry};

fn tenants(registry: &Registry) -> Dir {
    registry.chart("redis", "18.1.0");
    registry.chart("redis", "19.6.4");
    registry.chart("redis", "20.6.2");
    let state = format!(
        "environments:\n  production: {{}}\n---\nrepositories: [{{name: stable, url: {}}}]\nreleases:\n\
         - {{name: cache, chart: stable/redis, version: {{{{ .Values | get \"redis\" (env \"REDIS\") }}}}}}\n",
        registry.url()
    );
    let settings = "
        [[variant]]
        environment = 'production'
        state-values-set = ['redis=^20']

        [[variant]]
        environment = 'production'
        state-values-file = ['green.yaml']

        [[variant]]
        environment = 'production'
        variables = { REDIS = '^18' }
    ";
    Dir::new()
        .knowing(registry)
        .file("helmfile.yaml.gotmpl", &state)
        .file("green.yaml", "redis: ^19\n")
        .file("helmlock.toml", settings)
}

#[test]
fn the_lock_covers_every_variant() {
    let registry = Registry::start();
    let dir = tenants(&registry);
    dir.run("resolve").expect(
        0,
        "",
        "
              Adding redis 20.6.2
              Adding redis 19.6.4
              Adding redis 18.1.0
              Locked 3 pins in helmfile.lock
        ",
    );
    dir.run("check").expect(0, "", "     Current 3 pins for 3 requests\n");
    let locked = |flags: &str| dir.run(&format!("list -e production {flags}")).expect_code(0).stdout;
    assert!(locked("--state-values-set redis=^20").contains("20.6.2"));
    assert!(locked("--state-values-file green.yaml").contains("19.6.4"));
    dir.run("template -e production --state-values-file green.yaml").expect_code(0);
    dir.run("template -e production --state-values-set redis=^17").expect_code(2);
}

#[test]
fn a_variant_less_makes_a_pin_superfluous() {
    let registry = Registry::start();
    let dir = tenants(&registry);
    dir.run("resolve").expect_code(0);
    dir.write("helmlock.toml", "[[variant]]\nenvironment = 'production'\nstate-values-set = ['redis=^20']\n");
    dir.run("check").expect_code(2);
    dir.run("resolve").expect(
        0,
        "",
        "
            Removing redis 19.6.4
            Removing redis 18.1.0
              Locked 1 pin in helmfile.lock
        ",
    );
}

#[test]
fn only_what_may_be_unverified_is_current_without_being_looked_at() {
    let registry = Registry::start();
    let dir = tenants(&registry);
    dir.write("secret.yaml.gotmpl", "redis: {{ requiredEnv \"SECRET_VERSION\" }}\n");
    let settings = "[[variant]]\nenvironment = 'production'\nstate-values-set = ['redis=^20']\n\
                    [[variant]]\nenvironment = 'production'\nstate-values-file = ['secret.yaml.gotmpl']\n";
    dir.write("helmlock.toml", settings);
    dir.run_command(dir.command("resolve").env("SECRET_VERSION", "^19")).expect_code(0);
    dir.run("check").expect_code(2);
    dir.write("helmlock.toml", &format!("{settings}may-be-unverified = true\n"));
    dir.run("check").expect(
        0,
        "",
        "
        warning: environment `production` cannot be evaluated here; helmlock.toml accepts that
             Current 2 pins for 1 request
        ",
    );
}

#[test]
fn wrong_settings_are_told_with_their_line() {
    let registry = Registry::start();
    let dir = tenants(&registry);
    dir.run("resolve -e staging")
        .expect_stderr("error: helmlock.toml has no variant of environment `staging`; it has `production`\n");
    dir.write("helmlock.toml", "[[variant]]\nenvironment = 'production'\nstate_values_set = []\n");
    dir.run("resolve").expect(
        1,
        "",
        "error: helmlock.toml:3: unknown field `state_values_set`, expected one of `environment`, `state-values-set`, \
         `state-values-file`, `variables`, `may-be-unverified`\n",
    );
}
