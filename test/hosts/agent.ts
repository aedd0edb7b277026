/** The program in a guest that runs what the test asks for, told by a serial line. */

/** The folder of the host that the guest sees at SHARE; the kernel's command line names it. */
export const SHARE = "/run/share";
export const SHARE_OPTION = "lab.share";
/** What the agent says when it listens. */
export const READY = "ready";

/** A line is the name of a script in the share; the answer is the name and the exit code. */
export const AGENT = `#!/bin/sh
stty raw -echo
mkdir -p ${SHARE}
for word in $(cat /proc/cmdline); do
  case $word in ${SHARE_OPTION}=*) mount -t hostfs none ${SHARE} -o "\${word#*=}" ;; esac
done
echo ${READY}
while read -r name; do
  (
    bash ${SHARE}/$name.sh </dev/null >${SHARE}/$name.out 2>${SHARE}/$name.err
    echo "$name $?"
  ) &
done
`;

const AGENT_UNIT = `[Unit]
Description=Runs what the test asks for
DefaultDependencies=no
After=systemd-remount-fs.service

[Service]
ExecStart=/usr/bin/lab-agent
StandardInput=tty-force
StandardOutput=tty
TTYPath=/dev/ttyS1
KillMode=process
`;

export const AGENT_UNITS: Readonly<Record<string, string>> = { "lab-agent.service": AGENT_UNIT };
