/** Words that stand in paths everywhere: what remains dark after them is what is odd. An investigator adds his own (a reference host). */
const WORDS =
  'bin boot dev etc home lib lib32 lib64 libexec media mnt opt proc root run sbin srv sys tmp usr var local share log logs cache spool mail www html htdocs public public_html cgi-bin ' +
  'src include man doc docs games init.d rc.d cron.d cron.daily cron.hourly crontab crontabs default profile profile.d skel ssh sshd ssl certs private pki tls systemd system user network sysctl.d modprobe.d ' +
  'modules modules-load.d conf conf.d config sites-available sites-enabled mods-available mods-enabled apache2 httpd nginx php mysql mariadb postgresql redis docker containerd kubernetes kubelet ' +
  'passwd shadow group gshadow hosts hostname fstab sudoers sudoers.d authorized_keys known_hosts id_rsa id_ed25519 bashrc .bashrc .ssh .profile .bash_history .config .cache ' +
  'x86_64-linux-gnu aarch64-linux-gnu python3 python perl ruby node node_modules site-packages dist-packages index.html index.php config.php wp-config.php wp-content plugins themes uploads settings.py ' +
  'app application apps data db backup backups scripts service services current releases app.log access.log error.log syslog messages auth.log my.cnf backup.cnf copyright changelog README site.key ' +
  'mod_ssl.so mod_rewrite.so mod_headers.so mod_proxy.so mod_deflate.so mod_status.so mod_cgi.so mod_cgid.so mod_php.so mod_auth_basic.so mod_alias.so mod_dir.so mod_env.so mod_mime.so'

/** Names of owners and groups that every system has. */
const ACCOUNTS =
  'root daemon bin sys adm www-data nobody nogroup mail man users staff games lp sync uucp proxy backup list irc wheel apache nginx postgres mysql 0 33 65534'

export const ORDINARY_WORDS: readonly string[] = [...new Set(WORDS.split(' '))]
export const ORDINARY_ACCOUNTS: readonly string[] = [...new Set(ACCOUNTS.split(' '))]
