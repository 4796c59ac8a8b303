"""What a question is made of, and which language it is in."""

from __future__ import annotations

import pytest

from glossator.retrieval.questions import language_of, question_words


def test_question_words_go_and_the_telling_ones_stay():
    assert question_words("What does the D term of a PID controller do?") == [
        "d", "term", "pid", "controller"
    ]  # fmt: skip


def test_a_question_of_question_words_alone_keeps_them():
    assert question_words("What is it?") == ["what", "is", "it"]


def test_words_are_counted_once_and_never_without_end():
    assert question_words("robot Robot ROBOT") == ["robot"]
    assert len(question_words(" ".join(f"w{n}" for n in range(500)))) == 64
    assert question_words("?!… 🤖") == []


@pytest.mark.parametrize(
    "question",
    [
        "What does the D term of a PID controller do?",
        "PID derivative kick mitigation",
        "LiDAR vs sonar range accuracy",
        "ROS 2",
        "inverse kinematics",
        "Kalman filter covariance update equation",
        "El Niño effects",
        "Von Neumann architecture bottleneck",
        "van der Waals forces",
        "Le Chatelier principle",
        "Explain the café robot's naïve planner",
        "How does Schrödinger's équation apply?",
        "μ and σ of a Gaussian",
        "Who was Che Guevara?",
        "What is the point of la Nina?",
        "du command linux",
        "an O(n) algorithm",
        "¿",
        "42",
        "",
        "🤖🤖",
        "sensor",
        "ne demek means what in English?",
    ],
)
def test_english_stays_english(question: str):
    assert language_of(question) == "en"


@pytest.mark.parametrize(
    ("question", "tag"),
    [
        ("روبوٹ کیا ہے؟", "ur"),
        ("PID کنٹرولر کیسے کام کرتا ہے؟", "ur"),
        ("robot kya hai", "ur"),
        ("sensor kaise kaam karta hai", "ur"),
        ("Stereo camera disparity se kya nikalta hai aur kyun?", "ur"),
        ("IMU mujhe samjhao", "ur"),
        ("Ist mein Roboter kaputt?", "und"),
        ("Wo steht mein Sensor und warum?", "und"),
        ("PID controller ka matlab kya hota hai?", "ur"),
        ("¿Qué es un robot?", "und"),
        ("Cómo funciona un sensor", "und"),
        ("que es un controlador PID", "und"),
        ("Explica el sensor de la cámara", "und"),
        ("Was ist ein Roboter?", "und"),
        ("Wie funktioniert der Sensor?", "und"),
        ("Warum braucht ein Roboter Rückkopplung?", "und"),
        ("Erkläre den Regler", "und"),
        ("Qu'est-ce qu'un robot ?", "und"),
        ("Comment fonctionne un capteur ?", "und"),
        ("Pourquoi le robot a besoin d'un capteur", "und"),
        ("Robot nedir?", "und"),
        ("PID denetleyici nasıl çalışır?", "und"),
        ("Bir sensör ne için kullanılır?", "und"),
        ("ロボットとは何ですか", "und"),
        ("什么是机器人？", "und"),
        ("что такое робот?", "und"),
        ("ما هو الروبوت؟", "und"),
        ("रोबोट क्या है?", "und"),
    ],
)
def test_other_languages_are_told(question: str, tag: str):
    assert language_of(question) == tag
