/* A User-Mode Linux of before 6.13 on a processor with a wide register state (AMX).
 *
 * Its buffer for the extended state ends with PKRU, at 2696 octets. Linux takes PTRACE_SETREGSET of
 * NT_X86_XSTATE only in full length (xstateregs_set in arch/x86/kernel/fpu/regset.c), so that the
 * kernel's first process dies. Loaded before libc, this ptrace() fills up what is missing: the
 * features beyond are marked as unused, as they are. No header is included: a compiler is enough.
 */
#define PTRACE_GETREGSET 0x4204
#define PTRACE_SETREGSET 0x4205
#define NT_X86_XSTATE 0x202
#define SYS_PTRACE 101
#define MAX_STATE 65536
/* Of the header behind the 512 octets of FXSAVE: which features the state holds. */
#define XSTATE_BV (512 / 8)
/* x87, SSE, AVX, MPX, AVX-512, PKRU: what lies within UML's buffer. */
#define KNOWN_FEATURES 0x2ffUL

struct iovec {
  void *base;
  unsigned long length;
};

static unsigned long state[MAX_STATE / 8];

extern int *__errno_location(void);

static long sys_ptrace(long request, long pid, void *address, void *data) {
  register void *r10 __asm__("r10") = data;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(SYS_PTRACE), "D"(request), "S"(pid), "d"(address), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

/* In octets; the same for every process of this host. */
static unsigned long full_length(long pid) {
  static unsigned long known;
  struct iovec all = {state, sizeof state};
  if (known == 0 && sys_ptrace(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &all) >= 0)
    known = all.length;
  return known;
}

static long set_state(long pid, struct iovec *given) {
  unsigned long *words = given->base;
  unsigned long length = full_length(pid), i;
  struct iovec whole = {state, length};
  if (length <= given->length)
    return sys_ptrace(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, given);
  for (i = 0; i < given->length / 8; i++) state[i] = words[i];
  for (; i < length / 8; i++) state[i] = 0;
  state[XSTATE_BV] &= KNOWN_FEATURES;
  return sys_ptrace(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, &whole);
}

long ptrace(int request, int pid, void *address, void *data) {
  long word, result;
  if (request >= 1 && request <= 3) {
    /* PEEK: the system call writes the word, libc returns it. */
    result = sys_ptrace(request, pid, address, &word);
    if (result >= 0) {
      *__errno_location() = 0;
      return word;
    }
  } else if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE) {
    result = set_state(pid, data);
  } else {
    result = sys_ptrace(request, pid, address, data);
  }
  if (result >= 0) return result;
  *__errno_location() = -result;
  return -1;
}
