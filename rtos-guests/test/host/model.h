/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's rules once more, as plainly as they can be said: small arrays, searched from one end to the other. A call
 * answers with the result, or with BLOCKS; then the result is in result[] of the thread when it runs again.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define BLOCKS 0x7ffffff0

enum { THREADS = 8, SEMAPHORES = 2, MUTEXES = 4, EVENTS = 2, QUEUES = 2, TIMERS = 2, QUEUE_LENGTH = 3, POOL_BLOCKS = 3 };
enum model_state { DEAD, READY, RUNNING, BLOCKED, ENDED };
enum model_wait { FOR_TIME, FOR_SEMAPHORE, FOR_MUTEX, FOR_EVENT, FOR_FLAGS, FOR_MESSAGE, FOR_ROOM, FOR_BLOCK, FOR_END, FOR_RESUME };

struct model_thread {
    enum model_state state;
    int priority, base;
    long order;              /* among the ready ones of its priority, or the waiting ones */
    enum model_wait wait;
    int object;
    uint64_t deadline;       /* UINT64_MAX: none */
    long armed;              /* order of that among equal ones */
    int result;
    uint32_t flags, want, options;
    uint64_t message;        /* to put, or got */
    uint8_t message_priority;
    bool joinable, delaying;
};

struct model_message {
    uint64_t value;
    uint8_t priority;
};

struct model {
    uint64_t now; /* ticks */
    long order;
    int running; /* -1: idle */
    bool locked;
    struct model_thread thread[THREADS];
    struct { uint32_t count, max; } semaphore[SEMAPHORES];
    struct { int owner; uint32_t count, attributes; long got; } mutex[MUTEXES]; /* owner -1: nobody; -2: nobody for ever */
    uint32_t event[EVENTS];
    struct { struct model_message message[QUEUE_LENGTH]; int used; } queue[QUEUES];
    struct { uint64_t deadline; long armed; uint32_t period; uint32_t due, calls; bool periodic; } timer[TIMERS];
    int blocks_free;
};
extern struct model model;

void model_init(void);
void model_dispatch(void); /* at the end of each call and interrupt: who runs */

void model_new(int thread, int priority, bool joinable);
int model_end(int thread); /* terminate, or exit */
int model_join(int thread);
int model_detach(int thread);
int model_suspend(int thread);
int model_resume(int thread);
int model_set_priority(int thread, int priority);
int model_yield(void);
int model_lock(bool lock);
int model_delay(uint32_t ticks);
int model_delay_until(uint64_t tick);
int model_acquire(int semaphore, uint32_t timeout);
int model_release(int semaphore);
int model_mutex_acquire(int mutex, uint32_t timeout);
int model_mutex_release(int mutex);
int model_event_set(int event, uint32_t flags);
int model_event_clear(int event, uint32_t flags);
int model_event_wait(int event, uint32_t flags, uint32_t options, uint32_t timeout);
int model_flags_set(int thread, uint32_t flags);
int model_flags_clear(uint32_t flags);
int model_flags_wait(uint32_t flags, uint32_t options, uint32_t timeout);
int model_put(int queue, uint64_t value, uint8_t priority, uint32_t timeout);
int model_get(int queue, uint32_t timeout); /* value and priority: message of the running thread */
int model_reset(int queue);
int model_alloc(uint32_t timeout); /* 0: a block */
int model_free(void);
int model_timer_start(int timer, uint32_t ticks);
int model_timer_stop(int timer);
void model_advance(uint64_t ticks);
uint64_t model_next_deadline(void); /* UINT64_MAX: none */

#endif
