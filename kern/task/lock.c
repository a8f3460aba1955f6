/* SPDX-License-Identifier: BSD-2-Clause */
/* lock.c - see lock.h. */
#include "lock.h"

struct spinlock kernel_spinlock;
