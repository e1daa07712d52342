/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel from inside. One lock (interrupts masked, and a spin lock where there are several vCPUs)
 * guards all of it. A function with `os_` and a thread or a CPU as its first parameter wants it held.
 *
 * A thread is in exactly one place:
 *
 *     state       where
 *     RUNNING     os_cpu.current of one CPU
 *     READY       its ready queue, in the list of its priority; or os_cpu.elect, for a moment
 *     BLOCKED     a wait list, or none (delay, suspended); with a timeout, also in the list of timeouts
 *     TERMINATED  nowhere: joinable, and waits to be joined; or about to be reaped
 */
#ifndef OS_H
#define OS_H

#include "cmsis_os2.h"
#include "os_ext.h"
#include "port.h"

#define OS_PRIORITIES 64u
#define OS_NEVER      UINT64_MAX

/* ---- lists: of threads by their link, of timeouts by theirs ---- */

struct os_link {
    struct os_link *next, *prev;
};
struct os_list { /* a circle; empty: alone in it */
    struct os_link root;
};

static inline void os_list_init(struct os_list *list) { list->root.next = list->root.prev = &list->root; }
static inline bool os_list_is_empty(const struct os_list *list) { return list->root.next == &list->root; }
static inline void os_list_insert(struct os_link *link, struct os_link *before)
{
    struct os_link *prev = before->prev;

    link->next = before;
    link->prev = prev;
    prev->next = link;
    before->prev = link;
}
static inline void os_list_append(struct os_list *list, struct os_link *link) { os_list_insert(link, &list->root); }
static inline void os_list_remove(struct os_link *link)
{
    struct os_link *next = link->next, *prev = link->prev;

    prev->next = next;
    next->prev = prev;
}
static inline struct os_link *os_list_first(const struct os_list *list) /* NULL: empty */
{
    return os_list_is_empty(list) ? NULL : list->root.next;
}

#define OS_CONTAINER(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

/* ---- objects ---- */

enum os_magic { /* an object that is deleted has none of them */
    OS_MAGIC_THREAD = 0x6f735468,
    OS_MAGIC_TIMER = 0x6f735469,
    OS_MAGIC_EVENT = 0x6f734576,
    OS_MAGIC_MUTEX = 0x6f734d75,
    OS_MAGIC_SEMAPHORE = 0x6f735365,
    OS_MAGIC_POOL = 0x6f73506f,
    OS_MAGIC_QUEUE = 0x6f735175,
};

struct os_object {
    uint32_t magic;
    bool ours; /* the control block is the kernel's memory */
    const char *name;
};

struct os_timeout {
    struct os_link link;
    uint64_t deadline; /* tick */
    bool armed, is_timer;
};

struct os_ready { /* of the threads with one affinity */
    uint64_t bitmap; /* of priorities with threads */
    struct os_list at[OS_PRIORITIES];
};

struct os_mutex;

struct os_thread {
    struct port_context context; /* first: the port's assembly knows its place */
    struct os_object object;
    struct os_link all;          /* os.threads */
    struct os_link link;         /* ready queue or wait list */
    struct os_list *waiting;     /* that wait list */
    struct os_ready *ready;      /* the queue of its affinity */
    struct os_timeout timeout;
    uint8_t state, priority, base;
    bool joinable, delayed, suspended, waits_for_flags;
    uint8_t cpu, affinity;
    uint32_t result;             /* of the wait that ended */
    uint32_t flags, wait_flags, wait_options;
    void *wait_data;             /* the buffer of a message, the block of a pool */
    uint8_t wait_priority;
    struct os_mutex *wait_mutex;
    struct os_list mutexes;      /* those it owns */
    struct os_list joiner;       /* at most one */
    void *stack;                 /* lowest address */
    uint32_t stack_size;
    bool stack_ours, guarded;
    uint64_t cpu_time;
    struct os_thread *next_dead;
};

struct os_mutex {
    struct os_object object;
    struct os_list waiters;
    struct os_link owned; /* in the owner's list */
    struct os_thread *owner;
    uint32_t attributes, count;
};

/* ---- CPUs and the kernel ---- */

#define OS_LOCKED    1u
#define OS_SUSPENDED 2u
#define OS_MOVE      4u /* the current thread may not run here any more: this goes before the other two */

struct os_cpu {
    struct port_cpu port; /* first: the port's assembly knows its place */
    struct os_thread *elect; /* the one to switch to next, in no queue; only until the dispatch that follows at once */
    struct os_thread *current; /* before the first one: a stand-in that nobody preempts */
    bool resched;  /* somebody more urgent than `current` may be ready */
    uint8_t hold;  /* OS_LOCKED, OS_SUSPENDED: no switches; OS_MOVE */
    uint8_t index, queue_count;
    uint64_t switched_at;
    struct os_ready *queues[1u << (OS_CPUS_MAX - 1)]; /* those with threads that may run here */
    struct os_thread *idle;
};

struct os_kernel {
    uint32_t lock; /* first: the port's assembly knows its place */
    uint32_t cpus;
    osKernelState_t state; /* Inactive, Ready, Running */
    struct os_list threads, timeouts;
    struct os_thread *dead;
    struct os_ready *queues[1u << OS_CPUS_MAX]; /* by affinity */
    uint64_t epoch, frequency;
    struct os_cpu cpu[OS_CPUS_MAX];
};
extern struct os_kernel os;

/* The lock. */
void os_enter_contended(void);
static inline uint64_t os_enter(void)
{
    uint64_t state = port_mask();

    if (__builtin_expect(os.cpus > 1, 0))
        os_enter_contended();
    return state;
}
static inline void os_leave(uint64_t state)
{
    if (__builtin_expect(os.cpus > 1, 0))
        port_spin_unlock(&os.lock);
    port_unmask(state);
}

/* The same for a call about an object that was there a moment ago. False, and nothing held: it was deleted since,
 * by a thread that came in between or by another CPU. */
static inline bool os_enter_for(const struct os_object *object, enum os_magic magic, uint64_t *state)
{
    *state = os_enter();
    if (__builtin_expect(((const volatile struct os_object *)object)->magic == magic, 1))
        return true;
    os_leave(*state);
    return false;
}

/* Is this an interrupt handler, or a thread that masked interrupts? Then nothing may block. */
static inline bool os_in_isr(void)
{
    return __builtin_expect(port_in_handler() || port_is_masked(), 0) && os.state == osKernelRunning;
}

/* The answer to a call for threads alone that came from a handler or else named nothing that is there. */
static inline osStatus_t os_refusal(void) { return os_in_isr() ? osErrorISR : osErrorParameter; }

/* sched.c */
bool os_ready_queue_make(uint32_t affinity);
void os_make_ready(struct os_thread *thread);     /* at the end of its priority */
void os_unready(struct os_thread *thread);        /* READY -> in no queue */
void os_requeue(struct os_thread *thread, uint8_t priority);
void os_dispatch(struct os_cpu *cpu);             /* in a thread: to the most urgent one, which may be another */
struct os_thread *os_next(struct os_cpu *cpu);    /* the one to switch to, made `current`; NULL: no switch */
void os_resched(struct os_cpu *cpu);              /* that CPU is to look again */
uint32_t os_block(struct os_list *list, uint32_t ticks); /* the current thread; returns its result */
uint32_t os_block_in(uint32_t ticks);             /* the same, in its list already */
uint32_t os_block_until(uint64_t deadline);       /* the same in no list, to a tick; osOK */
void os_insert_waiter(struct os_list *list, struct os_thread *thread);
void os_wake(struct os_thread *thread, uint32_t result);
void os_wake_timed_out(struct os_thread *thread); /* its timeout is over and in no list any more */
void os_wake_all(struct os_list *list, uint32_t result);
void os_unblock(struct os_thread *thread);        /* BLOCKED -> in no list, its timeout off */
void os_account(struct os_cpu *cpu);
struct os_cpu *os_running_on(const struct os_thread *thread); /* NULL: on none */

static inline struct os_thread *os_waiter(const struct os_list *list)
{
    return os_list_is_empty(list) ? NULL : OS_CONTAINER(list->root.next, struct os_thread, link);
}

/* Leaves, and switches if somebody more urgent is ready and this is a thread. */
static inline void os_leave_switching(uint64_t state)
{
    struct os_cpu *cpu = os_cpu_this();

    if (cpu->resched && !port_in_handler())
        os_dispatch(cpu);
    os_leave(state);
}

/* May the current thread block here? Not while it has locked the scheduler. */
static inline bool os_may_block(void)
{
    const struct os_cpu *cpu = os_cpu_this();

    return os.state == osKernelRunning && !cpu->hold;
}

/* timeout.c */
void os_timeout_start(struct os_timeout *timeout, uint64_t deadline);
void os_timeout_stop(struct os_timeout *timeout);
void os_timeout_expired(void); /* the timer's interrupt */
void os_timer_program(void);

/* timer.c */
void os_timer_elapsed(struct os_timeout *timeout);

/* mutex.c */
void os_priority_update(struct os_thread *thread);  /* base and heirs to its priority, on along the chain */
void os_mutex_abandon(struct os_thread *thread);    /* what it owned when it ended */

/* thread.c */
struct os_thread *os_thread_make(osThreadFunc_t func, void *argument, const osThreadAttr_t *attr, uint8_t priority);
void os_thread_end(struct os_thread *thread);
void os_reap(void); /* gives back the memory of ended threads */

/* kernel.c */
__NO_RETURN void os_run_cpu(uint32_t index); /* from a CPU's first code to its first thread */

/* object.c */
void *os_memory_or(void *memory, uint32_t memory_size, uint32_t size); /* cleared: what the caller brought, or ours */
void *os_object_make(enum os_magic magic, const char *name, void *memory, uint32_t memory_size, uint32_t size);
void os_object_free(void *block, struct os_object *object);
const char *os_object_name(void *id, enum os_magic magic);
static inline void *os_object(void *id, enum os_magic magic)
{
    struct os_object *object = id;

    return object && (uint64_t)object % 8 == 0 && object->magic == magic ? id : NULL;
}
#define OS_GET(id, type, member, wanted)                                                             \
    ((id) && (uint64_t)(id) % 8 == 0 && ((type *)(id))->member.magic == (wanted) ? (type *)(id) : NULL)

/* Defines `uint32_t function(id)`: a number that the object has, 0 where there is none. From handlers too. */
#define OS_NUMBER(function, id_type, type, object, number)                                           \
    uint32_t function(id_type id)                                                                    \
    {                                                                                                \
        const type *object = get(id);                                                                \
                                                                                                     \
        return object ? (number) : 0;                                                                \
    }

/* memory.c */
void os_memory_init(void *base, uint64_t size);
void *os_memory_take(uint64_t size, uint64_t alignment); /* cleared; NULL: none left */
void os_memory_give(void *block);
static inline void os_clear(void *memory, uint64_t size) /* whole words */
{
    uint64_t *word = memory, i;

    for (i = 0; i < (size + 7) / 8; i++)
        word[i] = 0;
}

#endif
