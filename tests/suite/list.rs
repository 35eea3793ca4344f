//! `list`: the releases in helmfile's table, with the versions that are locked.

use crate::support::{Registry, project};

const RELEASES: &str = "\
- name: cache
  namespace: shop
  chart: stable/redis
  version: ^20
  labels: {tier: backend}
- name: front
  chart: stable/nginx
- name: idle
  chart: ./idle
  installed: false
";

#[test]
fn versions_are_the_locked_ones_where_there_is_a_lock() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(&registry, RELEASES).file("idle/Chart.yaml", "apiVersion: v2\nname: idle\nversion: 0.1.0\n");
    dir.run("list").expect(0, "?", "?");
    dir.run("resolve -q").expect_code(0);
    dir.run("list").expect(0, "?", "?");
    dir.run("list -l tier=backend -o json").expect(0, "?", "?");
    dir.run("list -l tier=frontend").expect(3, "?", "?");
}
