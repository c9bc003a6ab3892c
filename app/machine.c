/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/machine.h"

#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

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
  cpu_set_t set;
  if (sched_getaffinity (0, sizeof set, &set) == 0)
    return CPU_COUNT (&set);
  return (int) g_get_num_processors ();
}

void
app_machine_get_memory (AppMemory *memory)
{
  memset (memory, 0, sizeof *memory);
  g_autofree char *text = NULL;
  if (g_file_get_contents ("/proc/meminfo", &text, NULL, NULL)) {
    memory->total_bytes = app_machine_parse_kilobytes (text, "MemTotal");
    memory->available_bytes = app_machine_parse_kilobytes (text, "MemAvailable");
  }
  g_autofree char *limit = NULL;
  if (g_file_get_contents ("/sys/fs/cgroup/memory.max", &limit, NULL, NULL)
      && g_ascii_isdigit (limit[0]))
    memory->limit_bytes = g_ascii_strtoull (limit, NULL, 10);
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
