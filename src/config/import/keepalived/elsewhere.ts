/** Keywords of keepalived that have no place in baton.yaml, and why. */
import { idle, lost } from "../types.ts";
import type { Handler } from "../walk.ts";
import { all, RARE, SYSTEMD } from "./reading.ts";

export const processes = (): Record<string, Handler> =>
  all(
    "vrrp_priority checker_priority lvs_priority bfd_priority vrrp_rt_priority checker_rt_priority " +
      "lvs_rt_priority bfd_rt_priority vrrp_rlimit_rttime checker_rlimit_rttime " +
      "bfd_rlimit_rttime vrrp_no_swap checker_no_swap lvs_no_swap bfd_no_swap vrrp_cpu_affinity " +
      "checker_cpu_affinity lvs_cpu_affinity bfd_cpu_affinity max_auto_priority " +
      "min_auto_priority_delay child_wait_time umask process_names process_name " +
      "vrrp_process_name checker_process_name lvs_process_name bfd_process_name",
    SYSTEMD,
  );

export const rare = (): Record<string, Handler> => ({
  ...all(
    "random_seed use_symlink_paths tmp_config_directory config_save_dir state_dump_file " +
      "stats_dump_file json_dump_file data_use_instance json_version log_unknown_vrids " +
      "iproute_usr_dir iproute_etc_dir set_supplementary_groups " +
      "vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier vrrp_netlink_cmd_rcv_bufs " +
      "vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs " +
      "vrrp_netlink_monitor_rcv_bufs_force lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force " +
      "lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force process_monitor_rcv_bufs " +
      "process_monitor_rcv_bufs_force",
    idle("is about keepalived's own workings"),
  ),
  ...all(
    "reload_check_config reload_time_file reload_repeat reload_file include_check",
    idle("`baton check` looks at a file before it counts"),
  ),
  ...all(
    "enable_snmp_keepalived enable_snmp_vrrp enable_snmp_checker enable_snmp_rfc enable_snmp_rfcv2 " +
      "enable_snmp_rfcv3 enable_traps snmp_socket snmp_vs_stats_update_interval " +
      "snmp_rs_stats_update_interval",
    lost("baton speaks no SNMP: `baton status --json` has what it knew"),
  ),
  ...all(
    "enable_dbus dbus_service_name dbus_no_interface_name",
    lost("baton is not on D-Bus: `baton status --json` and the control socket tell"),
  ),
  ...all(
    "vrrp_iptables vrrp_ipsets nftables nftables_priority nftables_counters nftables_ifindex " +
      "nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark",
    idle("baton writes no firewall rules"),
  ),
  ...all("vrrp_owner_ignore_adverts v3_checksum_as_v2 disable_local_igmp", RARE),
  ...all("vmac_prefix vmac_addr_prefix", idle("names of virtual MACs are the kernel's business")),
});

/** Outside of every block. */
export const topTable = (): Record<string, Handler> => ({
  ...all(
    "net_namespace net_namespace_ipvs namespace_with_ipsets",
    lost("start baton in the namespace: NetworkNamespacePath= in its unit"),
  ),
  ...all("instance use_pid_dir", idle("several batons on a host have a --root each")),
  ...all("child_wait_time", SYSTEMD),
  ...all(
    "linkbeat_use_polling linkbeat_interfaces",
    idle("the kernel tells of a link's carrier by itself"),
  ),
  ...all("interface_up_down_delays", lost("a lost carrier counts at once")),
  ...all("garp_group", lost("the announcements of a burst follow each other at once")),
  ...all("track_group", lost("addresses and routes of the host itself are not tracked")),
  ...all(
    "static_ipaddress static_routes static_rules",
    lost("is the host's own network: write it where the rest of that is configured"),
  ),
  bfd_instance: () => lost("baton speaks no BFD"),
});
