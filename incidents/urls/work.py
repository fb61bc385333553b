"""Routes of My work and of tasks."""

from __future__ import annotations

from django.urls import path

from incidents.views import task, task_comment, task_list, work

urlpatterns = [
    path("", work.work, name="work"),
    path("tasks/", task_list.tasks, name="tasks"),
    path("tasks/selected/", task_list.tasks_selected, name="tasks_selected"),
    path("tasks/<str:ref>/", task.task, name="task"),
    path("tasks/<str:ref>/comment/", task_comment.comment_add, name="task_comment"),
    path("tasks/<str:ref>/start/", task.task_start, name="task_start"),
    path("tasks/<str:ref>/accept/", task.task_accept, name="task_accept"),
    path("tasks/<str:ref>/decline/", task.task_decline, name="task_decline"),
    path("tasks/<str:ref>/done/", task.task_complete, name="task_complete"),
    path("tasks/<str:ref>/withdraw/", task.task_withdraw, name="task_withdraw"),
    path("tasks/<str:ref>/reassign/", task.task_reassign, name="task_reassign"),
    path("tasks/<str:ref>/offer/", task.task_offer, name="task_offer"),
    path("tasks/<str:ref>/reword/", task.task_reword, name="task_reword"),
    path("cases/<str:ref>/tasks/add/", task.task_add, name="task_add"),
]
