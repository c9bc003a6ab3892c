/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What would make the program faster on this machine, as `hearsay doctor` says it.
 *
 * Facts are read from the system (Linux; what cannot be told stays zero), and each rule turns some
 * of them into one piece of advice: what is wrong, and what to do. None means that nothing was
 * found. Facts can be made up, which is how the rules are tested.
 *
 *   AppFacts facts;
 *   app_advice_look ("", &facts);
 *   facts.n_threads = ...;
 *   g_autoptr (GPtrArray) advice = app_advice_find (&facts);
 */

#pragma once

#include "app/models/machine.h"
#include "nn/base/cpu-count.h"

G_BEGIN_DECLS

typedef struct {
  /* Read by app_advice_look(). */
  NnCpuCount cpus;
  int n_online; /* processors of the machine */
  AppMemory memory;
  gboolean no_huge_pages; /* switched off for everybody */
  gboolean saves_power;   /* the governor or the platform's profile holds the clock down */
  double load;            /* programs that want a processor, over the last minute */
  /* Filled by the caller. */
  int n_threads;            /* of the pool */
  const char *kernels;      /* chosen */
  const char *best_kernels; /* that this processor has */
  const char *model;        /* chat model, or NULL */
  guint64 model_bytes;      /* of memory that it needs */
} AppFacts;

typedef struct {
  const char *id; /* "threads", "quota", "bound", "kernels", "processor", "huge-pages", "power",
                     "busy", "memory" */
  char *text;     /* one line */
} AppAdvice;

/* root: "" for this machine, or a folder with proc/ and sys/ (tests). */
void app_advice_look (const char *root, AppFacts *facts);
/* (transfer full): of AppAdvice, what matters most first. */
GPtrArray *app_advice_find (const AppFacts *facts);

G_END_DECLS
