/** What make-words.ts takes of a distribution: a choice by hand, of what servers usually are. */

/** Packages beside those that every system has; what they need comes along. */
export const SERVERS = (
  'openssh-server openssh-client sudo nginx nginx-full apache2 libapache2-mod-php haproxy varnish squid lighttpd php-fpm php-cli php-mysql php-curl php-gd php-mbstring php-xml php-zip ' +
  'mariadb-server default-mysql-server postgresql postgresql-contrib redis-server memcached mongodb-server rabbitmq-server sqlite3 slapd bind9 unbound dnsmasq isc-dhcp-server chrony ntp ntpsec ' +
  'postfix exim4 dovecot-imapd dovecot-pop3d opendkim spamassassin clamav clamav-daemon rsyslog syslog-ng logrotate auditd fail2ban ufw iptables nftables firewalld wireguard openvpn strongswan ' +
  'docker.io containerd runc podman buildah lxc qemu-system-x86 libvirt-daemon-system cloud-init qemu-guest-agent open-vm-tools systemd-timesyncd systemd-resolved systemd-container ' +
  'samba nfs-kernel-server nfs-common cifs-utils rpcbind vsftpd proftpd-core tftpd-hpa xinetd snmpd smartmontools lm-sensors lvm2 mdadm cryptsetup xfsprogs btrfs-progs zfs-fuse multipath-tools open-iscsi ' +
  'prometheus prometheus-node-exporter grafana-agent zabbix-agent collectd telegraf munin-node monit nagios-nrpe-server icinga2 puppet-agent ansible salt-minion keepalived corosync pacemaker ' +
  'git curl wget rsync tmux screen vim nano htop strace tcpdump nmap socat lsof psmisc net-tools iproute2 dnsutils iputils-ping traceroute mtr-tiny sysstat iotop unzip zip p7zip-full jq tree ncdu ' +
  'python3 python3-pip python3-venv python3-dev python3-requests perl ruby nodejs npm default-jre-headless openjdk-17-jre-headless tomcat9 tomcat10 golang gcc g++ make build-essential gdb cmake pkg-config ' +
  'unattended-upgrades apt-transport-https debsums aide rkhunter chkrootkit lynis apparmor apparmor-profiles selinux-basics policykit-1 dbus network-manager wpasupplicant ifupdown netplan.io avahi-daemon cups bluez ' +
  'cron anacron at mlocate plocate bash-completion man-db locales tzdata ca-certificates gnupg debian-archive-keyring initramfs-tools linux-image-amd64 grub-pc grub-efi-amd64 efibootmgr dracut busybox kexec-tools ' +
  'sssd sssd-ldap libpam-ldapd libpam-krb5 krb5-user libnss-ldapd nscd nslcd oddjob-mkhomedir adcli realmd freeipa-client gdm3 gnome-session xserver-xorg-core pulseaudio pipewire udisks2 upower accountsservice colord ' +
  'irqbalance acpid acpi-support-base haveged rng-tools5 rng-tools-debian thermald tuned tlp usbutils pciutils dmidecode hdparm ethtool parted gdisk fdisk dosfstools ntfs-3g fuse3 certbot python3-certbot-nginx ' +
  'packagekit appstream software-properties-common fakeroot xdg-user-dirs at-spi2-core x11-utils default-jdk-headless maven debconf-i18n xml-core dbus-user-session libc6-dev libssl-dev zlib1g-dev libffi-dev'
).split(' ')

/** Where words are taken from, and how deep: what is below it is data, or differs with each version. */
export const FOLLOWED: readonly { readonly below: RegExp; readonly depth: number }[] = [
  {
    below:
      /^usr\/share\/(doc|locale|man|zoneinfo|icons|fonts|help|gnome|X11\/locale|texmf|texlive|i18n|groff|vim|mime)\//,
    depth: 3
  },
  { below: /^(usr\/)?(include|src)\//, depth: 3 },
  {
    below:
      /\/(perl|perl5|perl-base|python3|gcc|jvm|go-[\d.]+|ruby|gconv|locale|modules|firmware|node_modules|grub|dist-packages)\//,
    depth: 5
  },
  { below: /^(etc|var|opt|srv|boot|run)\//, depth: 12 },
  { below: /(^|\/)s?bin\//, depth: 12 },
  {
    below: /(^|\/)(systemd|udev|pam\.d|security|sysusers\.d|tmpfiles\.d|modprobe\.d|sysctl\.d)\//,
    depth: 12
  },
  { below: /^(usr\/)?(lib|lib64|libexec)\//, depth: 4 },
  {
    below: /^usr\/share\/(dbus-1|polkit-1|bash-completion|applications|nginx|apache2|php|mysql|postgresql)\//,
    depth: 5
  },
  { below: /^usr\//, depth: 3 }
]

/** Sections, and names, of what is a part of something that is built, data, or for one person's desk. */
export const SECTIONS_LEFT_OUT =
  /^(libdevel|debug|doc|rust|golang|haskell|ocaml|javascript|gnu-r|fonts|games|science|electronics|hamradio|translations|localization|tex|lisp|gnustep|zope|sound|graphics|video|education|math|debian-installer|introspection|metapackages|cli-mono|embedded|comm|news|otherosfs|java|kde|gnome|x11|xfce|ruby|php) |-(dev|doc|dbg|dbgsym|examples|data|common-dev)$/
