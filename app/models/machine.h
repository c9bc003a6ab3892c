/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What this machine is and has left: processor, memory, disk. Linux; 0 or NULL where it cannot be
 * told. Any thread.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint64 total_bytes;
  guint64 available_bytes; /* without swapping */
  guint64 swap_free_bytes;
  guint64 limit_bytes;      /* of the control groups that this process is in; 0: none */
  guint64 limit_free_bytes; /* of that, what is left; without meaning if there is none */
} AppMemory;

/* (transfer full) (nullable): "AMD EPYC 9R14". */
char *app_machine_get_cpu_name (void);
/* (transfer full): the instruction sets that matter here, as "avx2", NULL-terminated. */
char **app_machine_get_cpu_features (void);
/* Cores that this process may run on; two hardware threads of a core count once. */
int app_machine_get_n_cores (void);
void app_machine_get_memory (AppMemory *memory);
/* The same of the machine whose proc/ and sys/ lie in the folder `root` (tests). */
void app_machine_get_memory_at (const char *root, AppMemory *memory);
/* The most memory this process has had resident. */
guint64 app_machine_get_peak_rss (void);
/* What it has resident now. */
guint64 app_machine_get_rss (void);
/* Free bytes where the path is or would be made. */
guint64 app_machine_get_disk_free (const char *path);

/* "Key:   123 kB" in the text of a file under /proc, in bytes; 0 if it is not there. */
guint64 app_machine_parse_kilobytes (const char *text, const char *key);

G_END_DECLS
