/* jail.c: gives up, for good, whatever a helper has no need of.
 *
 * Instrumented builds (sanitizers, coverage) keep all they have: their tools map terabytes, and write files at the end.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE /* setresuid(), O_ASYNC */
#include "jail.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#ifdef LATHE_SECCOMP
#include <seccomp.h>
#endif
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/lathe-helper.h"

#ifdef LATHE_INSTRUMENTED

gboolean
jail_enter (const JailLimits *limits, gboolean *filtered)
{
  *filtered = FALSE;
  return TRUE;
}

#else

#define NOBODY 65534

/* A hard limit never goes up, and whoever has started the program may have set one that is lower still. */
static gboolean
limit (int resource, rlim_t most)
{
  struct rlimit limits;

  if (getrlimit (resource, &limits) != 0)
    return FALSE;
  limits.rlim_max = MIN (limits.rlim_max, most);
  limits.rlim_cur = limits.rlim_max;
  return setrlimit (resource, &limits) == 0;
}

static gboolean
limit_resources (const JailLimits *limits)
{
  return limit (RLIMIT_CORE, 0) && limit (RLIMIT_FSIZE, 0) && limit (RLIMIT_NOFILE, 0) && limit (RLIMIT_NPROC, 0) &&
         limit (RLIMIT_CPU, limits->seconds) && limit (RLIMIT_AS, limits->memory);
}

/* What only root has is gone with it. */
static gboolean
drop_root (void)
{
  return geteuid () != 0 || (setgroups (0, NULL) == 0 && setresgid (NOBODY, NOBODY, NOBODY) == 0 &&
                             setresuid (NOBODY, NOBODY, NOBODY) == 0);
}

/* The signal for what happens to a file ends a process that does not ask for it. */
static gboolean
tie_to_lifeline (void)
{
  struct pollfd file = {.fd = LATHE_HELPER_LIFELINE, .events = POLLIN};

  return fcntl (LATHE_HELPER_LIFELINE, F_SETOWN, getpid ()) == 0 &&
         fcntl (LATHE_HELPER_LIFELINE, F_SETFL, O_ASYNC | O_NONBLOCK) == 0 && poll (&file, 1, 0) == 0;
}

#ifdef LATHE_SECCOMP

static gboolean
allow (scmp_filter_ctx filter)
{
  static const int calls[] = {
      SCMP_SYS (read),         SCMP_SYS (pread64),      SCMP_SYS (write),          SCMP_SYS (recvmsg),
      SCMP_SYS (recvfrom),     SCMP_SYS (sendmsg),      SCMP_SYS (sendto),         SCMP_SYS (close),
      SCMP_SYS (munmap),       SCMP_SYS (mremap),       SCMP_SYS (madvise),        SCMP_SYS (brk),
      SCMP_SYS (futex),        SCMP_SYS (exit),         SCMP_SYS (exit_group),     SCMP_SYS (clock_gettime),
      SCMP_SYS (clock_getres), SCMP_SYS (gettimeofday), SCMP_SYS (getpid),         SCMP_SYS (gettid),
      SCMP_SYS (getrandom),    SCMP_SYS (rt_sigreturn), SCMP_SYS (rt_sigprocmask), SCMP_SYS (restart_syscall),
      SCMP_SYS (sched_yield),
  };

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    if (seccomp_rule_add (filter, SCMP_ACT_ALLOW, calls[i], 0) != 0)
      return FALSE;
  return seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (mmap), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) ==
             0 &&
         seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (mprotect), 1,
                           SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
}

/* What libraries ask in passing (a locale, a font, how many processors) they are refused, and go on without. */
static gboolean
refuse (scmp_filter_ctx filter)
{
  static const int calls[] = {
      SCMP_SYS (open),      SCMP_SYS (openat),     SCMP_SYS (stat),     SCMP_SYS (lstat),
      SCMP_SYS (fstat),     SCMP_SYS (newfstatat), SCMP_SYS (statx),    SCMP_SYS (access),
      SCMP_SYS (faccessat), SCMP_SYS (faccessat2), SCMP_SYS (readlink), SCMP_SYS (readlinkat),
      SCMP_SYS (lseek),     SCMP_SYS (ioctl),      SCMP_SYS (sysinfo),  SCMP_SYS (sched_getaffinity),
  };

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    if (seccomp_rule_add (filter, SCMP_ACT_ERRNO (EACCES), calls[i], 0) != 0)
      return FALSE;
  return TRUE;
}

static gboolean
filter_calls (void)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_KILL_PROCESS);
  gboolean ok = filter != NULL && allow (filter) && refuse (filter) && seccomp_load (filter) == 0;
  if (filter != NULL)
    seccomp_release (filter);
  return ok;
}

#endif

gboolean
jail_enter (const JailLimits *limits, gboolean *filtered)
{
  *filtered = FALSE;
  if (!drop_root () || prctl (PR_SET_DUMPABLE, 0) != 0 || prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      !tie_to_lifeline () || !limit_resources (limits))
    return FALSE;
#ifdef LATHE_SECCOMP
  *filtered = filter_calls ();
#endif
  return TRUE;
}

#endif
