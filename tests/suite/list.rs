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
    dir.run("list").expect(
        0,
        "
        NAME 	NAMESPACE	ENABLED	INSTALLED	LABELS                                            	CHART       	VERSION
        front	         	true   	true     	chart:nginx,name:front,namespace:                 	stable/nginx
        idle 	         	true   	false    	chart:idle,name:idle,namespace:                   	./idle
        cache	shop     	true   	true     	chart:redis,name:cache,namespace:shop,tier:backend	stable/redis	^20
        ",
        "",
    );
    dir.run("resolve -q").expect_code(0);
    dir.run("list").expect(
        0,
        "
        NAME 	NAMESPACE	ENABLED	INSTALLED	LABELS                                            	CHART       	VERSION
        front	         	true   	true     	chart:nginx,name:front,namespace:                 	stable/nginx	1.0.0
        idle 	         	true   	false    	chart:idle,name:idle,namespace:                   	./idle
        cache	shop     	true   	true     	chart:redis,name:cache,namespace:shop,tier:backend	stable/redis	20.5.0
        ",
        "",
    );
    dir.run("list -l tier=backend -o json").expect(0, r#"
        [{"name":"cache","namespace":"shop","enabled":true,"installed":true,"labels":"chart:redis,name:cache,namespace:shop,tier:backend","chart":"stable/redis","version":"20.5.0"}]
        "#, "");
    dir.run("list -l tier=frontend").expect(
        3,
        "",
        "
        error: no release matches `tier=frontend` in environment `default`
          hint: `helmlock list` shows the releases and their labels
        ",
    );
}
