/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/machine.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "nn/base/cgroup.h"
#include "nn/base/cpu-count.h"

/* The line's value after "key" and blanks, up to the line's end; NULL if no line begins so. */
static char *
find_value (const char *text, const char *key)
{
  gsize n = strlen (key);
  for (const char *line = text; line != NULL && *line != '\0';) {
    const char *end = strchr (line, '\n');
    if (strncmp (line, key, n) == 0 && strchr (": \t", line[n]) != NULL && line[n] != '\0') {
      const char *value = line + n + strspn (line + n, ": \t");
      return end != NULL ? g_strndup (value, (gsize) MAX (end - value, 0)) : g_strdup (value);
    }
    line = end != NULL ? end + 1 : NULL;
  }
  return NULL;
}

guint64
app_machine_parse_kilobytes (const char *text, const char *key)
{
  g_autofree char *value = find_value (text, key);
  return value != NULL ? g_ascii_strtoull (value, NULL, 10) * 1024 : 0;
}

char *
app_machine_get_cpu_name (void)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL))
    return NULL;
  return find_value (text, "model name");
}

char **
app_machine_get_cpu_features (void)
{
  GPtrArray *features = g_ptr_array_new ();
#if defined(__x86_64__)
#define ADD(name)                                                                                  \
  if (__builtin_cpu_supports (name))                                                               \
  g_ptr_array_add (features, g_strdup (name))
  __builtin_cpu_init ();
  ADD ("sse4.2");
  ADD ("avx");
  ADD ("fma");
#ifndef __clang__ /* clang 14 does not know this name */
  ADD ("f16c");
#endif
  ADD ("avx2");
  ADD ("avx512f");
  ADD ("avx512bw");
  ADD ("avx512vl");
  ADD ("avx512vnni");
  ADD ("avx512bf16");
#undef ADD
#endif
  g_ptr_array_add (features, NULL);
  return (char **) g_ptr_array_free (features, FALSE);
}

int
app_machine_get_n_cores (void)
{
  NnCpuCount count;
  nn_cpu_count ("", NULL, 0, &count);
  return MAX (count.n_cores, 1);
}

/* A number at the beginning of a file of a control group; no limit is "max", or absurd. */
static gboolean
read_bytes (const char *folder, const char *name, guint64 *n_bytes)
{
  char text[64];
  if (!nn_cgroup_read_text (folder, name, text, sizeof text) || !g_ascii_isdigit (text[0]))
    return FALSE;
  *n_bytes = g_ascii_strtoull (text, NULL, 10);
  return *n_bytes < G_MAXINT64 / 2;
}

static bool
read_limit (const char *folder, double *value)
{
  guint64 limit;
  if (!read_bytes (folder, "memory.max", &limit)
      && !read_bytes (folder, "memory.limit_in_bytes", &limit))
    return false;
  *value = (double) limit;
  return true;
}

/* What is left of the limit; cached files give way, so they count as free. */
static bool
read_limit_free (const char *folder, double *value)
{
  char text[4096];
  guint64 used, cached = 0;
  double limit;
  if (!read_limit (folder, &limit))
    return false;
  if (!read_bytes (folder, "memory.current", &used)
      && !read_bytes (folder, "memory.usage_in_bytes", &used))
    return false;
  if (nn_cgroup_read_text (folder, "memory.stat", text, sizeof text)) {
    g_autofree char *found = find_value (text, "inactive_file");
    cached = found != NULL ? g_ascii_strtoull (found, NULL, 10) : 0;
  }
  *value = MAX (limit - (double) used + (double) cached, 0.0);
  return true;
}

void
app_machine_get_memory_at (const char *root, AppMemory *memory)
{
  double limit, left;
  memset (memory, 0, sizeof *memory);
  g_autofree char *path = g_strconcat (root, "/proc/meminfo", NULL);
  g_autofree char *text = NULL;
  if (g_file_get_contents (path, &text, NULL, NULL)) {
    memory->total_bytes = app_machine_parse_kilobytes (text, "MemTotal");
    memory->available_bytes = app_machine_parse_kilobytes (text, "MemAvailable");
    memory->swap_free_bytes = app_machine_parse_kilobytes (text, "SwapFree");
  }
  /* A limit beyond what the machine has is none. */
  if (!nn_cgroup_get_least (root, "memory", read_limit, &limit)
      || limit >= (double) memory->total_bytes)
    return;
  memory->limit_bytes = (guint64) limit;
  memory->limit_free_bytes = nn_cgroup_get_least (root, "memory", read_limit_free, &left)
                                 ? (guint64) left
                                 : memory->limit_bytes;
}

void
app_machine_get_memory (AppMemory *memory)
{
  app_machine_get_memory_at ("", memory);
}

guint64
app_machine_get_peak_rss (void)
{
  struct rusage usage;
  return getrusage (RUSAGE_SELF, &usage) == 0 ? (guint64) usage.ru_maxrss * 1024 : 0;
}

guint64
app_machine_get_rss (void)
{
  g_autofree char *text = NULL;
  return g_file_get_contents ("/proc/self/status", &text, NULL, NULL)
             ? app_machine_parse_kilobytes (text, "VmRSS")
             : 0;
}

guint64
app_machine_get_disk_free (const char *path)
{
  g_autofree char *folder = g_strdup (path);
  struct statvfs info;
  while (statvfs (folder, &info) != 0) {
    char *parent = g_path_get_dirname (folder);
    gboolean is_top = g_str_equal (parent, folder);
    g_free (folder);
    folder = parent;
    if (is_top)
      return 0;
  }
  return (guint64) info.f_bavail * info.f_frsize;
}
