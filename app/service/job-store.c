/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The model store of the engine's process: install, add, verify, remove, default. */

#include "app/base/json-write.h"
#include "app/models/model-store.h"
#include "app/service/job.h"

static const char *const stage_names[] = {
  [APP_INSTALL_WAITING] = "waiting-for-store",
  [APP_INSTALL_FETCHING] = "fetching",
  [APP_INSTALL_CONVERTING] = "converting",
  [APP_INSTALL_CHECKING] = "checking",
};

static void
show_progress (const AppInstallProgress *progress, gpointer user_data)
{
  if (progress->stage == APP_INSTALL_NOTE)
    return;
  app_job_report (user_data, stage_names[progress->stage],
                  progress->n_total > 0 ? (double) progress->n_done / (double) progress->n_total
                                        : 0);
}

typedef gboolean (*Change) (AppModelStore *store, const char *id, const AppInstallContext *context,
                            GError **error);

static gboolean
change (AppJob *job, Change function, GError **error)
{
  const AppInstallContext context = { show_progress, job, job->cancel };
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, error);

  if (store == NULL || !function (store, job->request->id, &context, error))
    return FALSE;
  app_json_add_string (job->result, "id", job->request->id);
  return TRUE;
}

gboolean
app_job_install (AppJob *job, GError **error)
{
  return change (job, app_model_store_install, error);
}

gboolean
app_job_verify (AppJob *job, GError **error)
{
  return change (job, app_model_store_verify, error);
}

gboolean
app_job_remove (AppJob *job, GError **error)
{
  return change (job, app_model_store_remove, error);
}

gboolean
app_job_add (AppJob *job, GError **error)
{
  const AppInstallContext context = { show_progress, job, job->cancel };
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, error);
  g_autofree char *id =
      store != NULL ? app_model_store_add (store, job->request->id, &context, error) : NULL;

  if (id == NULL)
    return FALSE;
  app_json_add_string (job->result, "id", id);
  return TRUE;
}

gboolean
app_job_default (AppJob *job, GError **error)
{
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, error);
  g_autofree char *id = NULL;

  if (store == NULL || !app_model_store_set_default (store, job->request->id, error))
    return FALSE;
  id = app_model_store_get_default (store, APP_TASK_CHAT);
  app_json_add_string (job->result, "id", id);
  return TRUE;
}
