/* SPDX-License-Identifier: Apache-2.0
 *
 * Work put off from interrupt handlers: a list that one thread, the most urgent of all that CMSIS names, works off.
 */
#include "os.h"

#define STACK 4096u

static struct os_work *first, **last = &first;
static struct os_thread *server;
static bool server_waits;

static void serve(void *argument)
{
    uint64_t state;

    (void)argument;
    state = os_enter();
    for (;;) {
        struct os_work *work = first;
        void (*run)(void *);
        void *with;

        if (!work) {
            server_waits = true;
            os_block(NULL, osWaitForever);
            continue;
        }
        first = work->next;
        if (!first)
            last = &first;
        work->queued = false; /* from here on it may be submitted again, by itself too */
        run = work->run;
        with = work->argument;
        os_leave_switching(state);
        run(with);
        state = os_enter();
    }
}

osStatus_t os_work_start(void)
{
    static const osThreadAttr_t attr = {.name = "work", .stack_size = STACK};
    osStatus_t status = osOK;
    uint64_t state;

    if (os_in_isr())
        return osErrorISR;
    if (os.state == osKernelInactive)
        return osError;
    state = os_enter();
    if (!server)
        server = os_thread_make(serve, NULL, &attr, osPriorityISR);
    if (!server)
        status = osErrorNoMemory;
    os_leave_switching(state);
    return status;
}

bool os_work_submit(struct os_work *work)
{
    uint64_t state = os_enter();
    bool is_new = !work->queued;

    if (is_new) {
        work->queued = true;
        work->next = NULL;
        *last = work;
        last = &work->next;
        if (server_waits) {
            server_waits = false;
            os_wake(server, (uint32_t)osOK);
        }
    }
    os_leave_switching(state);
    return is_new;
}
