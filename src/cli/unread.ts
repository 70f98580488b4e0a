/** Why a file that somebody named could not be read, in words. */
export const whyUnread = (cause: unknown): string => {
  const { code, message } = cause as NodeJS.ErrnoException
  switch (code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EISDIR':
      return 'it is a directory'
    case 'EACCES':
      return 'it may not be read by this user'
    default:
      return code ?? message
  }
}

export const NAME_A_FILE = 'Name a file that is there'
